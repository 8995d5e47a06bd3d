# Ends a shell of ours, PROCESS, with all that it started: for a question whose answer nobody waits for any more. What it started is stopped
# first, so that it starts nothing else; not the shell itself, which waits for it: sudo would stop with it, and stay so. Of a session that
# PROCESS leads, also what has no parent left is found.
hf_cease() {
  case $1 in '' | *[!0-9]* | 0 | 1) return 1 ;; esac
  hf_may_cease "$1" || return 1
  kill -0 "$1" || return 1
  hf_all=" $1 " hf_found=yes
  while [ -n "$hf_found" ]; do
    hf_found=
    for hf_stat in /proc/[0-9]*/stat; do
      read -r hf_line <"$hf_stat" || continue
      hf_id=${hf_line%% *}
      case $hf_all in *" $hf_id "*) continue ;; esac
      # After the name: state, parent, group, session.
      set -- ${hf_line##*') '}
      case $hf_all in
        *" ${2:--} "* | *" ${4:--} "*)
          kill -STOP "$hf_id"
          hf_all="$hf_all$hf_id " hf_found=yes ;;
      esac
    done
  done
  for hf_id in $hf_all; do kill -KILL "$hf_id"; done
  return 0
} 2>/dev/null
