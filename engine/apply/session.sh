# Acts that run a program, and their end. Each has a session of its own; its id lies in $hf_live/act before the program starts, so that a
# second shell can end it. $hf_live/killed says that it must: why. Known to both shells of a run.

# SID: the living processes of a session, in hf_members. Their names may hold anything, newlines and brackets too; grep only picks files,
# as a shell reads byte by byte.
hf_find_members() {
  hf_members=
  for hf_process in $(grep -ls " $1 " /proc/[0-9]*/stat); do
    hf_text=
    while read -r hf_line; do hf_text="$hf_text $hf_line"; done 2>/dev/null <"$hf_process"
    hf_process=${hf_process#/proc/}
    hf_alive "$1" ${hf_text##*') '} && hf_members="$hf_members ${hf_process%/stat}"
  done
  [ -n "$hf_members" ]
}

# SID STATE PARENT GROUP SESSION …: a zombie has ended, unless threads of it still work.
hf_alive() {
  [ "$5" = "$1" ] || return 1
  case $2 in X) return 1 ;; Z) [ "${19:-1}" -gt 1 ] ;; esac
}

# Waits a tenth of a second where sleep can; counted in hf_waited.
hf_pause() {
  if sleep 0.1 2>/dev/null; then hf_waited=$((hf_waited + 1)); else sleep 1; hf_waited=$((hf_waited + 10)); fi
}

# FIND…: ends what FIND finds, in hf_members: TERM, after two seconds KILL; returns when none is left, or fails after ten with those that are in
# hf_members (a process in the kernel that no signal reaches).
hf_end_all() {
  hf_waited=0 hf_told=
  while "$@"; do
    if [ $hf_waited -ge 100 ]; then return 1
    elif [ $hf_waited -ge 20 ]; then kill -KILL $hf_members 2>/dev/null
    elif [ "$hf_members" != "$hf_told" ]; then kill -TERM $hf_members 2>/dev/null; hf_told=$hf_members; fi
    hf_pause
  done
}

# SID: a session with all that is in it, in whatever process group.
hf_end_session() {
  case $1 in '' | *[!0-9]* | 0 | 1) return 0 ;; esac
  hf_end_all hf_find_members "$1"
}

# The processes that the run started, in hf_members: they have its own file open, whatever session they are in now.
hf_find_started() {
  hf_members=
  for hf_process in /proc/[0-9]*; do
    [ "$hf_process/fd/6" -ef "$hf_live/run" ] && [ "${hf_process#/proc/}" != $$ ] && hf_members="$hf_members ${hf_process#/proc/}"
  done
  [ -n "$hf_members" ]
}

# Of an act that was killed nothing goes on beside its own undo, also what has left its session. A daemon that one began in peace is its undo's.
hf_end_strays() {
  [ -e "$hf_live/killed" ] || [ -e "$hf_live/hung" ] || return 0
  hf_end_all hf_find_started
}

# LIMIT PROGRAM…: runs it; 124 or 137 where its limit passed, and nothing of its session is left then.
hf_in_session() {
  setsid -w sh -c '{ echo $$ >"$0/act"; } 2>/dev/null; [ ! -e "$0/killed" ] || exit 143; umask 022; exec timeout -k 5 "$@"' "$hf_live" "$@" 9>&-
  hf_rc=$?
  # crash point: program.ended
  case $hf_rc in 124 | 137)
    { true >"$hf_live/hung"; } 2>/dev/null
    hf_sid=
    { read -r hf_sid <"$hf_live/act"; } 2>/dev/null
    hf_end_session "$hf_sid" ;;
  esac
  { true >"$hf_live/act"; } 2>/dev/null
  return $hf_rc
}

# WHY: for the second shell. Whether nothing is left of the act that runs, and no other will begin.
hf_kill_act() {
  printf '%s\n' "$1" >"$hf_live/killed" || return 1
  hf_sid=
  { read -r hf_sid <"$hf_live/act"; } 2>/dev/null
  hf_end_session "$hf_sid"
}

# COUNT: that the controller lives. Never shorter than before and written in one piece, so that whoever reads it sees a whole number; once
# the run has ended there is no folder to write it in.
hf_beat() {
  { printf '%s\n' "$1" 1<>"$hf_live/heartbeat"; } 2>/dev/null
  if [ -s "$hf_live/lease" ]; then hf_lease ''; fi
}

# SECONDS: how long the guard waits while the run can't beat; "" : as it does else.
hf_lease() { printf '%s' "$1" >"$hf_live/lease"; }
