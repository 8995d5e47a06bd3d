# Rehearsing: acts and their undo in a copy of the host's files that nobody keeps. Here is what the run's shell needs; the rest is in copy.sh.

# LIMIT LEASE SIZE: payload: the program of the copy's first process, SIZE bytes long, and what that reads itself. Answers with the record
# "copy", which holds all that the copy said, or "impossible", which holds why there is none.
hf_rehearse() {
  hf_watch_lock $(($1 + $2))
  # Nothing of the host is changed by who lives in these, and all that lives there dies with its first process.
  hf_apart='--mount --propagation private --pid --net --ipc --uts --fork --kill-child'
  hf_why=
  for hf_tool in unshare timeout setpriv chroot mount find xargs; do
    command -v $hf_tool >/dev/null || hf_why="$hf_why $hf_tool"
  done
  if [ -n "$hf_why" ]; then
    hf_why="it has no$hf_why"
    hf_drain
  elif ! hf_why=$(unshare $hf_apart true 2>&1 </dev/null); then
    hf_why="it makes no namespaces: $hf_why"
    hf_drain
  else
    # Others may read an argv: everything goes over standard input.
    hf_said=$({ printf '%s\n' "$hf_nonce" && hf_take "$hf_left"; } | timeout -s KILL "$1" unshare $hf_apart sh -c '
      read -r hf_nonce && hf_script=$(dd bs="$1" count=1 iflag=fullblock 2>/dev/null) && eval "$hf_script"' rehearsal "$3" 2>&1)
    hf_rc=$?
    hf_left=0
    case $hf_rc in
      0) hf_why= ;;
      137) hf_why="it took longer than $1 s, or was killed" ;;
      *) hf_why="exit status $hf_rc: $hf_said" ;;
    esac
  fi
  hf_watch_lock "$2"
  if [ -z "$hf_why" ]; then hf_record copy 0 "$hf_said"; else hf_record impossible 0 "$hf_why"; fi
  hf_said=
}
