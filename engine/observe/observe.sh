# The fixed program that answers a host's questions. Questions are data on standard input: a line "COLLECTOR BYTES", then that many bytes of
# keys, each ended by a NUL; "end 0" ends it. No name or value is ever run.

# The keys of the question at hand, and not a byte more: busybox's head reads ahead.
hf_keys() { [ "$hf_bytes" = 0 ] || dd bs="$hf_bytes" count=1 iflag=fullblock 2>/dev/null; }

# Its key is what the controller knows of its own process: see hf_own.
hf_c_machine() {
  hf_id= hf_boot= hf_lock=no hf_open= hf_state=absent
  read -r hf_own_machine hf_own_boot hf_own_pid hf_own_began
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
  hf_own "$hf_own_machine" "$hf_own_boot" "$hf_own_pid" "$hf_own_began"
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
# The record goes out as it lies there: it may be the largest answer by far.
hf_say_state() {
  hf_keys >/dev/null
  [ -f /var/lib/holdfast/state.json ] && hf_record_file state /var/lib/holdfast/state.json 16777216 || hf_record state 0 ''
} 2>/dev/null
# NAME BYTES NAME BYTES: two questions at once. The second one's keys come after the first one's, so it waits until those are read; the answers
# go out in their order.
hf_beside() {
  exec 5<&0
  {
    exec 9>&1
    hf_bytes=$2
    hf_out=$({ hf_keys; echo >&9; } | hf_collect "$1" 2>&1)
    hf_record "$1" 0 "$hf_out"
  } | {
    read -r hf_line
    hf_bytes=$4
    hf_out=$(hf_keys <&5 | hf_collect "$3" 2>&1)
    cat >&9
    hf_record "$3" 0 "$hf_out"
  }
  exec 5<&-
}
# TAG FILE LIMIT: a record of the file's bytes; nothing where it can't be opened.
hf_record_file() {
  {
    hf_size=$(stat -L -c %s /proc/self/fd/4) || return
    [ "$hf_size" -le "$3" ] || hf_size=$3
    { printf 'HF %s %s 0 %s\n' "$hf_nonce" "$1" "$hf_size"; head -c "$hf_size" <&4; echo; } >&9
  } 4<"$2"
}
# Renames this shell to hf and the word that the keys hold, and says its process id: what another login on the same machine can see and
# none elsewhere, without a file written.
hf_mark() {
  hf_word=$(hf_keys | tr -d '\0')
  case $hf_word in
    '' | *[!0-9a-f]*) hf_record mark 1 '' ;;
    *)
      if printf '%s' "hf$hf_word" >"/proc/$$/comm"; then hf_record mark 0 "$$"; else hf_record mark 1 ''; fi 2>/dev/null ;;
  esac
}
# Whether the process "ID WORD" is here, so marked, and lives under the same root.
hf_c_sees() {
  tr '\0' '\n' | while read -r hf_process hf_word; do
    case $hf_process in '' | *[!0-9]*) continue ;; esac
    read -r hf_name <"/proc/$hf_process/comm" || continue
    [ "$hf_name" = "hf$hf_word" ] || continue
    [ ! -e "/proc/$hf_process/root/." ] || [ "/proc/$hf_process/root/." -ef /. ] || continue
    printf 'yes\n'
  done 2>/dev/null
}
