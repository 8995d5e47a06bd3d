# Where the controller itself works on this host: which of its processes it is, and what its run stands on. Part of the fixed program.

# PROCESS: its parent and beginning, in hf_parent, hf_began. Its name may hold anything, newlines and brackets too.
hf_stat() {
  hf_text=
  while read -r hf_line; do hf_text="$hf_text $hf_line"; done 2>/dev/null <"/proc/$1/stat"
  [ -n "$hf_text" ] || return 1
  set -- ${hf_text##*') '}
  hf_parent=$2 hf_began=${20}
}

# "MACHINE BOOT ID BEGAN" of the controller: "own ID BEGAN", as this host sees that process, where it is here. From within a container it
# knows another id of itself than the host does, and no machine; a process that this account can't see has "-".
hf_own() {
  [ -n "$2" ] && [ "$2" = "$hf_boot" ] || return 0
  case $1 in -) ;; "$hf_id") ;; *) return 0 ;; esac
  case $3$4 in *[!0-9]* | '') return 0 ;; esac
  if hf_stat "$3" && [ "$hf_began" = "$4" ]; then printf 'own %s %s\n' "$3" "$4"; return; fi
  for hf_process in $(grep -ls "^NSpid:.*[[:space:]]$3\$" /proc/[0-9]*/status); do
    hf_process=${hf_process#/proc/} hf_process=${hf_process%/status}
    if hf_stat "$hf_process" && [ "$hf_began" = "$4" ]; then printf 'own %s %s\n' "$hf_process" "$4"; return; fi
  done
  [ "$1" = - ] || printf 'own - -\n'
}

# What lives on there beside logins: runs that left something for later which still waits, whose process holds a file of theirs open; and
# where there is no systemd, that it can't start a guard again.
hf_waiting() {
  [ -d /run/systemd/system ] || echo 'systemd no'
  for hf_later in /run/holdfast/later/*; do
    hf_process=
    { read -r hf_process <"$hf_later/guard"; } 2>/dev/null
    [ -n "$hf_process" ] && [ "/proc/$hf_process/fd/5" -ef "$hf_later/guard" ] && printf 'later %s\n' "${hf_later##*/}"
  done
}

# PROCESS: its unit, in hf_unit, and the slices around that, in hf_slices. What is below a unit is its own, or another manager's.
hf_unit_of() {
  hf_path= hf_unit= hf_slices=
  while IFS=: read -r hf_number hf_controllers hf_group; do
    case $hf_controllers in
      name=systemd) hf_path=$hf_group; break ;;
      '') hf_path=$hf_group ;;
    esac
  done 2>/dev/null <"/proc/$1/cgroup"
  hf_path=${hf_path#/}
  while [ -n "$hf_path" ]; do
    hf_part=${hf_path%%/*}
    case $hf_path in */*) hf_path=${hf_path#*/} ;; *) hf_path= ;; esac
    case $hf_part in
      *.slice) hf_slices="$hf_slices $hf_part" ;;
      *.service | *.scope) hf_unit=${hf_part#_}; return ;;
    esac
  done
}

# PROCESS: it and all that wait for it, innermost first, a line each: "ID UNIT BEGAN NAME ACCOUNT SLICE…".
hf_ancestors() {
  hf_next=$1
  while [ "$hf_next" -gt 1 ] && hf_stat "$hf_next"; do
    hf_pid=$hf_next hf_next=$hf_parent
    hf_unit_of "$hf_pid"
    hf_name= hf_account=0
    { read -r hf_name <"/proc/$hf_pid/comm"; } 2>/dev/null
    while read -r hf_word hf_real hf_rest; do [ "$hf_word" != Uid: ] || hf_account=$hf_real; done 2>/dev/null <"/proc/$hf_pid/status"
    case $hf_name in Runner.Worker) ;; *) hf_name=- ;; esac
    printf '%s\n' "$hf_pid ${hf_unit:--} $hf_began $hf_name $hf_account$hf_slices"
  done
}

# UNIT PROCESS: whether what PROCESS started there outlives the unit's stop: a daemon that opens sessions. One that hands out jobs takes them
# with it, though it has the same KillMode.
hf_outlived() {
  hf_main=0 hf_mode=
  while IFS='=' read -r hf_word hf_value; do
    case $hf_word in MainPID) hf_main=$hf_value ;; KillMode) hf_mode=$hf_value ;; esac
  done <<END
$(systemctl show -p MainPID,KillMode -- "$1" 2>/dev/null)
END
  [ "$hf_mode" = process ] || return 1
  hf_daemon=
  { read -r hf_daemon <"/proc/$hf_main/comm"; } 2>/dev/null
  case $hf_daemon in sshd | dropbear | cron | crond | atd) return 0 ;; esac
  [ "$2" = "$hf_main" ] && [ "$2" != "$hf_own_pid" ]
}

# UNIT…: they, and all units whose stop or restart stops one of them.
hf_ending() {
  hf_known=" $* "
  while [ $# -gt 0 ]; do
    hf_found=$(systemctl show -p Requires,Requisite,BindsTo,PartOf,StopPropagatedFrom --value -- "$@" 2>/dev/null)
    set --
    for hf_word in $hf_found; do
      case $hf_known in *" $hf_word "*) continue ;; esac
      hf_known="$hf_known$hf_word "
      set -- "$@" "$hf_word"
    done
  done
  printf 'ends %s\n' $hf_known
}

# The run's own process first, then what waits for it up to the service's main process: its job. A worker by name is one job's; above it
# are those that live on from job to job.
hf_walk_up() {
  hf_units=' ' hf_mains=' ' hf_job=open hf_accounts=' '
  while read -r hf_pid hf_unit hf_began hf_name hf_account hf_slices; do
    case $hf_units in
      *" $hf_unit "*) ;;
      *)
        [ "$hf_pid" != "$hf_own_pid" ] || printf '%s\n' "unit $hf_unit" "job $hf_pid $hf_began"
        if [ "$hf_unit" != - ] && hf_outlived "$hf_unit" "$hf_pid"; then hf_units="$hf_units$hf_slices "; break; fi
        hf_units="$hf_units$hf_unit $hf_slices " hf_mains="$hf_mains$hf_main " ;;
    esac
    case $hf_mains in *" $hf_pid "*) hf_job=closed ;; esac
    [ $hf_job = closed ] || [ "$hf_pid" = "$hf_own_pid" ] || printf 'job %s\n' "$hf_pid $hf_began"
    if [ "$hf_name" != - ]; then printf 'worker %s\n' "$hf_unit"; hf_job=closed; fi
    case $hf_accounts in *" $hf_account "*) ;; *) hf_accounts="$hf_accounts$hf_account " ;; esac
  done
}

# Its key is a line "ID BEGAN UNIT…": the run's own process, and services that it is said to work for.
hf_c_footing() {
  set -f
  set -- $1
  hf_own_pid=$1 hf_began=$2 hf_said=
  [ $# -lt 3 ] || { shift 2; hf_said=$*; }
  case $hf_own_pid in '' | *[!0-9]*) return ;; esac
  while read -r hf_word hf_outer hf_inner; do
    [ "$hf_word" != NSpid: ] || [ -z "$hf_inner" ] || echo 'contained yes'
  done 2>/dev/null <"/proc/$hf_own_pid/status"
  hf_walk_up <<END
$(hf_ancestors "$hf_own_pid")
END
  case $hf_units in *' docker-'*'.scope '*) hf_units="${hf_units}docker.service " ;; esac
  [ -z "$hf_said" ] || printf 'worker %s\n' $hf_said
  hf_list=
  for hf_word in $hf_units $hf_said; do [ "$hf_word" = - ] || hf_list="$hf_list $hf_word"; done
  [ -d /run/systemd/system ] || return
  [ -z "$hf_list" ] || hf_ending $hf_list
  for hf_account in $hf_accounts; do [ "$hf_account" = 0 ] || printf 'account %s\n' "$(id -nu "$hf_account" 2>/dev/null)"; done
  for hf_word in $(systemctl show -p After --value -- network.target 2>/dev/null); do
    case $hf_word in *.service) printf 'network %s\n' "$hf_word" ;; esac
  done
}
