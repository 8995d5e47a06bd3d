# What a run left for later, because it would have ended the run itself: done once the run was kept, and the job that it is part of is over.
# Read by guard.sh. hf_run/later says what the job is: a line "process ID BEGAN" for each of its processes, and "worker UNIT" where the jobs of
# a service are told by their worker's name; and "life UNIT ID" of what is to start anew.
hf_live=/run/holdfast/later/$hf_id
hf_record() { :; }
. "$hf_run/act.lib"
. "$hf_run/later.acts"

# PROCESS BEGAN: whether that very process lives; a zombie has ended.
hf_lives() {
  hf_text=
  while read -r hf_line; do hf_text="$hf_text $hf_line"; done 2>/dev/null <"/proc/$1/stat"
  [ -n "$hf_text" ] || return 1
  hf_began=$2
  set -- ${hf_text##*') '}
  case $1 in Z | X) return 1 ;; esac
  [ "${20}" = "$hf_began" ]
}

# UNIT: whether a worker is at a job of it, this run's or another one that came since.
hf_works() {
  for hf_process in $(grep -lsx Runner.Worker /proc/[0-9]*/comm); do
    hf_process=${hf_process%/comm}
    grep -qs "/$1\(/\|\$\)" "$hf_process/cgroup" && return 0
  done
  return 1
}

hf_busy() {
  [ -e "$hf_run/later" ] || return 1
  while read -r hf_what hf_which hf_began; do
    case $hf_what in
      process) hf_lives "$hf_which" "$hf_began" && return 0 ;;
      worker) hf_works "$hf_which" && return 0 ;;
    esac
  done <"$hf_run/later"
  return 1
}

# Whether all that was to start anew is in another life already.
hf_lives_anew() {
  hf_anew=no
  while read -r hf_what hf_which hf_life; do
    [ "$hf_what" = life ] || continue
    hf_now=$(systemctl show -p InvocationID --value -- "$hf_which") || return 1
    case $hf_now in '' | "$hf_life") return 1 ;; esac
    hf_anew=yes
  done <"$hf_run/later"
  [ $hf_anew = yes ]
}

# Whether it is still to be done. A later run may have done it, or may be about to do it later.
hf_is_left() {
  [ -e "$hf_run/later" ] || { echo "run $hf_id: a later run has taken over what it left"; return 1; }
  grep -q '"status": "done"' "$hf_run/meta.json" || { echo "run $hf_id was not kept: nothing of what it left is done"; return 1; }
  ! hf_lives_anew || { rm -f "$hf_run/later"; echo "run $hf_id: somebody else has done what it left"; return 1; }
}

# SECONDS: returns with the lock once nobody works at the job any more. Counted by sleeping: no clock that somebody sets.
hf_wait_for_job() {
  hf_halves=0 hf_still=0 hf_looks=1
  # A listener takes a moment from one job to the worker of the next.
  ! grep -qs '^worker ' "$hf_run/later" || hf_looks=5
  exec 8>>"$hf_home/lock"
  while [ -e "$hf_run/later" ]; do
    if hf_busy; then hf_still=0; else hf_still=$((hf_still + 1)); fi
    if [ $hf_still -ge $hf_looks ] && flock -n 8; then
      # Under the lock: nobody begins another job of ours meanwhile, and no run is open.
      if ! hf_busy && [ ! -L "$hf_home/armed" ]; then return 0; fi
      flock -u 8
    fi
    if [ $hf_halves -ge $(($1 * 2)) ]; then
      echo "run $hf_id: its job is not over after $1 s; what it left is still to be done: the next apply does it"
      rm -f "$hf_run/later"
      return 1
    fi
    if sleep 0.5 2>/dev/null; then hf_halves=$((hf_halves + 1)); else sleep 1; hf_halves=$((hf_halves + 2)); fi
  done
}

# Whether this is the last run that changed the host.
hf_is_last() { cmp -s "$hf_home/number" "$hf_run/number"; }

hf_over() {
  rm -rf "$hf_live"
  rmdir /run/holdfast/later /run/holdfast 2>/dev/null
  exit "$1"
}

# SECONDS BACK: does it; where that fails, takes the run back if BACK is yes.
hf_do_later() {
  umask 077
  mkdir -p "$hf_live" && echo $$ >"$hf_live/guard" && exec 5<"$hf_live/guard" || exit 1
  echo "run $hf_id left something for later: waiting for the end of its job"
  hf_wait_for_job "$1" || hf_over 1
  hf_is_left || hf_over 0
  echo "run $hf_id: its job is over"
  if hf_block; then
    rm -f "$hf_run/later"
    echo "run $hf_id: what it left is done"
    hf_over 0
  fi
  echo "run $hf_id: what it left failed: $hf_why"
  rm -f "$hf_run/later"
  if [ "$2" = yes ] && hf_is_last; then
    # It was confirmed: what it closed stays closed.
    hf_reopen=no
    hf_take_back later
  else
    printf '%s later failed\n' "$hf_id" >>"$hf_home/alone"
    sync "$hf_home/alone"
  fi
  hf_over 1
}
