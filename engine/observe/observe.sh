# The fixed program that answers a host's questions. Questions are data on standard input, hf_left bytes of it: a collector's name and its
# keys, each ended by a unit separator, then a record separator; "+" before a name asks it beside the next one. No name or value is ever run.

# One program reads all questions: any more would cost more than most answers.
hf_observe() {
  hf_questions=$(dd bs="$hf_left" count=1 iflag=fullblock 2>/dev/null)
  hf_ifs=$IFS
  set -f
  IFS=$hf_rs
  set -- $hf_questions
  IFS=$hf_ifs hf_questions=
  set +f
  while [ $# -gt 0 ]; do
    case $1 in
      +*) hf_beside "${1#+}" "$2"; shift 2 ;;
      *) hf_answer "$1"; shift ;;
    esac
  done
}
# QUESTION: what its collector prints.
hf_ask() {
  hf_ifs=$IFS
  set -f
  IFS=$hf_us
  set -- $1
  IFS=$hf_ifs
  set +f
  hf_name=$1
  shift
  hf_collect "$@"
}
# QUESTION QUESTION: answered at the same time; the answers go out in their order.
hf_beside() {
  { exec 9>&1; hf_answer "$1"; } | {
    hf_out=$(hf_ask "$2" 2>&1 </dev/null)
    cat >&9
    hf_record "${2%%"$hf_us"*}" 0 "$hf_out"
  }
}

# Its key is what the controller knows of its own process: see hf_own.
hf_c_machine() {
  hf_id= hf_boot= hf_lock=no hf_open= hf_own=$1
  [ -r /etc/machine-id ] && read -r hf_id </etc/machine-id
  [ -r /proc/sys/kernel/random/boot_id ] && read -r hf_boot </proc/sys/kernel/random/boot_id
  command -v flock >/dev/null 2>&1 && hf_lock=yes
  [ -w / ] && hf_root=yes || hf_root=no
  hf_armed=/var/lib/holdfast/armed
  [ -L "$hf_armed" ] && hf_open=$(readlink "$hf_armed")
  printf '%s\n' "machine $hf_id" "boot $hf_boot" "root $hf_root" "flock $hf_lock" "open ${hf_open##*/}"
  if [ -n "$hf_open" ]; then
    printf 'holder '
    head -c 65536 "/var/lib/holdfast/runs/${hf_open##*/}/meta.json" 2>/dev/null | tr -d '\n'
    printf '\nheld %s\n' "$(hf_holder "${hf_open##*/}")"
  fi
  # Until when (seconds since 1970), who, why: a line each, and plain sh writes it too. Where it says no time it holds until it is taken away.
  if [ -e /var/lib/holdfast/paused ]; then
    hf_until='' hf_who='' hf_why=''
    { read -r hf_until; read -r hf_who; read -r hf_why; } 2>/dev/null </var/lib/holdfast/paused
    case $hf_until in '' | *[!0-9]*) hf_until=253402300799 hf_why="${hf_why:-/var/lib/holdfast/paused says no time}" ;; esac
    [ "$hf_until" -le "$(date +%s)" ] ||
      printf 'paused %s\n' "$(date -u -d "@$hf_until" +%Y-%m-%dT%H:%M:%SZ) ${hf_who:-somebody}" "why $hf_why"
  fi
  # The newest link of the chain of runs: its number and head.
  if { read -r hf_line; read -r hf_line; } 2>/dev/null </var/lib/holdfast/chain; then
    printf 'chain %s %s\n' "${hf_line%% *}" "${hf_line##* }"
  fi
  while read -r hf_line; do printf 'alone %s\n' "$hf_line"; done 2>/dev/null </var/lib/holdfast/alone
  hf_waiting
  hf_own $hf_own
}
# RUN: who works on it: its own shell or what it started, its guard, nobody. Looks at processes only: a lock that is tried is a lock that is
# held for a moment.
hf_holder() {
  for hf_process in /proc/[0-9]*; do
    if [ "$hf_process/fd/6" -ef "/run/holdfast/$1/run" ]; then printf run; return; fi
  done
  hf_process=
  { read -r hf_process <"/run/holdfast/$1/guard"; } 2>/dev/null
  if [ -n "$hf_process" ] && [ "/proc/$hf_process/fd/5" -ef "/run/holdfast/$1/guard" ]; then printf guard; else printf nobody; fi
}
# No answer where the record is there and can't be read: a host without one is another thing.
hf_say_state() {
  hf_out=
  [ ! -f /var/lib/holdfast/state.json ] || hf_out=$(head -c 16777216 /var/lib/holdfast/state.json 2>/dev/null) || return
  hf_record state 0 "$hf_out"
}
# WORD: renames this shell to hf and that word, and says its process id: what another login on the same machine can see and none elsewhere,
# without a file written.
hf_mark() {
  case $1 in
    '' | *[!0-9a-f]*) hf_record mark 1 '' ;;
    *)
      if printf '%s' "hf$1" >"/proc/$$/comm"; then hf_record mark 0 "$$"; else hf_record mark 1 ''; fi 2>/dev/null ;;
  esac
}
# Whether the process "ID WORD" is here, so marked, and lives under the same root.
hf_c_sees() {
  for hf_key; do
    hf_process=${hf_key%% *} hf_word=${hf_key#* }
    case $hf_process in '' | *[!0-9]*) continue ;; esac
    read -r hf_name <"/proc/$hf_process/comm" || continue
    [ "$hf_name" = "hf$hf_word" ] || continue
    [ ! -e "/proc/$hf_process/root/." ] || [ "/proc/$hf_process/root/." -ef /. ] || continue
    printf 'yes\n'
  done 2>/dev/null
}
