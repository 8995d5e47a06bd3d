# The run's own book-keeping on the host. Layout: docs/decisions and /var/lib/holdfast itself.
# hf_instead: the run that was cut off and that the one to be opened goes on from.
hf_home=/var/lib/holdfast hf_lock_watch='' hf_instead=''

# SECONDS WHO: 1 where another has the lock, 2 where it can't be made. WHO: meta.json of what is about to be done.
hf_take_lock() {
  umask 077
  [ -d "$hf_home" ] || mkdir -p -m 700 "$hf_home" || return 2
  [ ! -L "$hf_home" ] && [ "$(stat -c '%u %a' "$hf_home")" = '0 700' ] || return 3
  # crash point: lock.make
  # `exec` itself would end the shell where there is no room.
  true >>"$hf_home/lock" || return 2
  exec 8>>"$hf_home/lock" || return 2
  # crash point: lock.take
  # Where no run is open, whoever has it will be done in a moment: old secrets are being deleted, or another one looks.
  flock -n 8 || { [ ! -L "$hf_home/armed" ] && flock -w 1 8 2>/dev/null; } || { exec 8>&-; return 1; }
  hf_holder=$2
  hf_watch_lock "$1"
}

# SECONDS, from now: until a run is open there is no guard, and a shell that nobody asks anything any more must not keep the lock. What sleeps
# has in its environment who holds the lock: for root's eyes, and gone with it, where a file could be left behind.
hf_watch_lock() {
  hf_end_lock_watch
  (
    trap 'kill $!; exit' TERM
    HF_HOLDS="$$ $hf_holder" sleep "$1" &
    wait $!
    [ "/proc/$$/fd/8" -ef "$hf_home/lock" ] && kill $$
  ) </dev/null >/dev/null 2>&1 8>&- 9>&- &
  hf_lock_watch=$!
  # crash point: lock.taken
}

# The same without an end, for the moment in which a run is over and its lock is not free yet.
hf_show_holder() {
  hf_end_lock_watch
  HF_HOLDS="$$ $hf_holder" sleep 60 >/dev/null 2>&1 6<&- 8>&- 9>&- &
  hf_lock_watch=$!
}

# PID: meta.json as this holder of the lock shows it, or as the run has it whose program it is.
hf_word_of() {
  for hf_environ in $(grep -ls "HF_HOLDS=$1 " /proc/[0-9]*/environ); do
    hf_word=$(tr '\n\0' '\001\n' <"$hf_environ" | sed -n "s/^HF_HOLDS=$1 //p" | tr '\001' '\n')
    [ -z "$hf_word" ] || { printf '%s' "$hf_word"; return; }
  done
  hf_word=$(tr '\0' '\n' <"/proc/$1/cmdline" | sed -n 2p)
  case $hf_word in guard.sh | rollback.sh | */guard.sh | */rollback.sh) ;; *) return 1 ;; esac
  hf_word=$(cd -P "/proc/$1/cwd" && cd -P -- "$(dirname -- "$hf_word")" && pwd -P)
  case $hf_word in "$hf_home"/runs/*) cat "$hf_word/meta.json" ;; *) return 1 ;; esac
} 2>/dev/null

# Who has the lock: meta.json as the holder shows it, or that of the open run. Else it is a program that a command started and left
# behind: "PID NAME", three at most.
hf_lock_holders() {
  for hf_try in 1 2 3; do
    hf_n=0 hf_left_behind=
    for hf_fd in /proc/[0-9]*/fd/8; do
      [ "$hf_fd" -ef "$hf_home/lock" ] || continue
      hf_pid=${hf_fd#/proc/} hf_pid=${hf_pid%/fd/8}
      ! hf_word_of "$hf_pid" || return
      [ $hf_n -lt 3 ] || continue
      hf_left_behind="$hf_left_behind$hf_pid $(cat "/proc/$hf_pid/comm" 2>/dev/null)
"
      hf_n=$((hf_n + 1))
    done 2>/dev/null
    ! cat "$hf_home/armed/meta.json" 2>/dev/null || return
    # Whoever took it just now may not show itself yet.
    [ $hf_n != 0 ] && [ $hf_try != 3 ] && sleep 0.1 || break
  done
  printf '%s' "$hf_left_behind"
}

hf_end_lock_watch() {
  [ -z "$hf_lock_watch" ] || kill "$hf_lock_watch" 2>/dev/null
  hf_lock_watch=
}

hf_drop_lock() {
  # crash point: lock.drop
  hf_end_lock_watch
  exec 6<&- 8>&-
  # crash point: lock.dropped
}

# What only a run that works has: its count of heartbeats, the session of its act. In memory: no disk is touched every few seconds, and no
# stale count outlives a boot.
hf_drop_live() {
  # crash point: live.drop
  # Once more where one of them was killed.
  rm -rf "$hf_live" || rm -rf "$hf_live"
  rmdir /run/holdfast 2>/dev/null || rmdir /run/holdfast 2>/dev/null
  # crash point: live.dropped
  :
}

# Writes $2 as the file $1, whole or not at all.
hf_save() {
  printf '%s' "$2" >"$1.tmp" && sync "$1.tmp" &&
    # crash point: save.rename
    mv -T -- "$1.tmp" "$1" &&
    # crash point: save.renamed
    :
}

# The unit that takes an armed run back after a power cut, before network and ssh are up; it stays. Nothing is reloaded: a boot reads it.
# The first of all is written where it belongs: until its link is there it counts for nothing, and no other file is ever left beside it.
hf_place_boot_unit() {
  [ -d /run/systemd/system ] || return 0
  hf_unit=/etc/systemd/system/holdfast-boot.service hf_first=
  { read -r hf_first <$hf_unit; } 2>/dev/null
  [ "$hf_first" = "${hf_boot_unit%%
*}" ] && [ -L "${hf_unit%/*}/sysinit.target.wants/holdfast-boot.service" ] && return 0
  mkdir -p -m 755 "${hf_unit%/*}/sysinit.target.wants" &&
    # crash point: boot-unit.place
    if [ -e $hf_unit ]; then hf_save $hf_unit "$hf_boot_unit"; else printf '%s' "$hf_boot_unit" >$hf_unit && sync $hf_unit; fi &&
    chmod 644 $hf_unit &&
    ln -sf ../holdfast-boot.service "${hf_unit%/*}/sysinit.target.wants/holdfast-boot.service" &&
    sync "${hf_unit%/*}" "${hf_unit%/*}/sysinit.target.wants"
}

# SECONDS: the guard of run $hf_id, which outlives this login.
hf_start_guard() {
  # crash point: guard.start
  if [ -d /run/systemd/system ]; then
    systemd-run --quiet --collect --unit="holdfast-guard-$hf_id" --description="Takes run $hf_id back if nobody keeps it alive" \
      -p OOMScoreAdjust=-900 -p Restart=on-abnormal /bin/sh "$hf_run/guard.sh" "$1" </dev/null
  else
    setsid sh "$hf_run/guard.sh" "$1" </dev/null >/dev/null 2>&1 6<&- 8>&- 9>&- &
  fi
}

# The guard goes last, and tidies up itself where we get no further.
hf_leave_run() {
  hf_guard=
  { read -r hf_guard <"$hf_live/guard"; } 2>/dev/null
  [ -n "$hf_guard" ] && [ "/proc/$hf_guard/fd/5" -ef "$hf_live/guard" ] || hf_guard=
  hf_drop_live
  # crash point: guard.stop
  [ -z "$hf_guard" ] || kill "$hf_guard" 2>/dev/null || : # it may have seen that it is over
}

# The folder of run $hf_id in memory, and the file by which its guard knows what it started.
hf_make_live() {
  mkdir -p /run/holdfast "$hf_live" && true >"$hf_live/run" && exec 6<"$hf_live/run"
}

# Folders of runs that never got as far as to be open: nothing was done in them. What lies in memory is of runs that were killed as they ended.
hf_sweep_runs() {
  for hf_old in /run/holdfast/[0-9]*; do
    [ ! -d "$hf_old" ] || [ "${hf_old##*/}" = "$hf_instead" ] || rm -rf "$hf_old"
  done
  for hf_old in "$hf_home"/runs/*; do
    [ -d "$hf_old" ] && [ "${hf_old##*/}" != "$hf_instead" ] || continue
    if [ -e "$hf_old/opening" ] || [ ! -e "$hf_old/meta.json" ]; then rm -rf "$hf_old"; fi
  done
}

# Opens run $1 with meta.json $2, watched by a guard that waits $3 seconds: from now on something may have to be taken back. A rollback says
# in $4 which runs it takes back, a line each, latest first. $5 says in a line who begins what, and below, a FIELD=VALUE a line, what the
# host's journal is told of the run. The guard comes first: it also sweeps away what is half open.
hf_open_run() {
  hf_id=$1 hf_run=$hf_home/runs/$1 hf_live=/run/holdfast/$1
  umask 077
  hf_read_chain
  [ $? != 2 ] || { echo 'its chain of runs is of a newer holdfast'; return 1; }
  # crash point: open.folders
  hf_sweep_runs
  mkdir -p "$hf_home/runs" && mkdir "$hf_run" && true >"$hf_run/opening" && mkdir "$hf_run/undo" "$hf_run/backup" "$hf_run/acted" &&
    printf '%s' "$hf_undo_library" >"$hf_run/undo.lib" && printf '%s' "$hf_guard_program" >"$hf_run/guard.sh" &&
    hf_start_guard "$3" && hf_make_live || return 1
  [ -s "$hf_home/key" ] || hf_save "$hf_home/key" "$(head -c 32 /dev/urandom | sha256sum | cut -c 1-64)" || return 1
  # crash point: open.state
  hf_save_instead || return 1
  if [ -s "$hf_home/state.json" ]; then
    cp -T -- "$hf_home/state.json" "$hf_run/backup/state"
  else
    true >"$hf_run/backup/state"
  fi || return 1
  # Those of a run that was cut off may be due, too, and it may yet be taken back.
  [ -n "$hf_instead" ] || hf_drop_due_secrets
  # Which run came after which: clocks of controllers don't agree, and two runs fit in a second.
  hf_number=0
  [ -s "$hf_home/number" ] && read -r hf_number <"$hf_home/number"
  hf_number=$((hf_number + 1))
  hf_save "$hf_home/number" "$hf_number
" && cp -- "$hf_home/number" "$hf_run/number" || return 1
  # crash point: open.programs
  { read -r hf_machine </etc/machine-id; } 2>/dev/null
  printf '%s' "$hf_by_hand" >"$hf_run/rollback.sh" && printf '%s\n' "$hf_machine" >"$hf_run/machine" &&
    printf '%s\n' "$hf_retention" >"$hf_run/retention" &&
    cat /proc/sys/kernel/random/boot_id >"$hf_run/boot" && printf '%s' "$4" >"$hf_run/targets" &&
    printf '%s' "$hf_instead" >"$hf_run/instead" && printf '%s' "${5#*
}" >"$hf_run/audit" && hf_place_boot_unit && rm -f "$hf_home/alone" &&
    hf_save "$hf_run/meta.json" "$2" && sync "$hf_run"/* "$hf_run" "$hf_home/runs" &&
    # crash point: open.arm
    hf_arm "$1" &&
    # crash point: open.armed
    rm -f "$hf_run/opening" && sync "$hf_home" &&
    # crash point: open.tell
    hf_tell "$1" notice "${5%%
*}" HOLDFAST_EVENT=begin
}

# RUN: from now on it is the open one. One that was cut off, and that it goes on from, is so until then.
hf_arm() {
  [ -n "$hf_instead" ] || { ln -s "runs/$1" "$hf_home/armed"; return; }
  (
    hf_id=$hf_instead hf_run=$hf_home/runs/$hf_instead
    hf_write_end "$hf_instead_meta"
  ) &&
    # crash point: open.instead
    hf_arm_instead "$1"
}

# RUN: in one step.
hf_arm_instead() { ln -sfn "runs/$1" "$hf_home/armed.tmp" && mv -T -- "$hf_home/armed.tmp" "$hf_home/armed"; }

# The record knows what the run made that this one goes on from; where that run is taken back all the same, so is this.
hf_save_instead() {
  [ -n "$hf_instead" ] || return 0
  (
    hf_run=$hf_home/runs/$hf_instead
    hf_save_state "$hf_instead_state"
  )
}

# BY WORDS: nothing watches over that run any more; who ended it.
hf_leave_instead() {
  [ -n "$hf_instead" ] || return 0
  (
    # crash point: open.leave
    hf_id=$hf_instead hf_run=$hf_home/runs/$hf_instead hf_live=/run/holdfast/$hf_instead
    hf_leave_run
    hf_tell_end "$hf_id" stopped "$1" "$2"
    hf_retain
  ) 2>/dev/null
  :
}

# SECONDS BACK JOB: starts what does later what the run leaves; it waits outside of every service, for the run's end and for its job's.
hf_leave_later() {
  printf '%s' "$hf_act_library" >"$hf_run/act.lib" && printf '%s' "$hf_later_program" >"$hf_run/later.sh" &&
    printf '%s' "$hf_later_acts" >"$hf_run/later.acts" && hf_save "$hf_run/later" "$3" &&
    sync "$hf_run/act.lib" "$hf_run/later.sh" "$hf_run/later.acts" "$hf_run" &&
    systemd-run --quiet --collect --unit="holdfast-later-$hf_id" --description="Does what run $hf_id left until its job is over" \
      --slice=-.slice /bin/sh "$hf_run/guard.sh" later "$1" "$2" </dev/null
}

# A run that could not be opened leaves nothing, and the one that it was to go on from as open as it was.
hf_abandon_run() {
  # crash point: open.abandon
  if [ "$hf_home/armed" -ef "$hf_run" ]; then
    if [ -n "$hf_instead" ]; then hf_arm_instead "$hf_instead"; else rm -f "$hf_home/armed"; fi
  fi
  rm -rf "$hf_run"
  hf_leave_run
}

hf_save_state() {
  # crash point: state.save
  hf_save "$hf_home/state.json" "$1" || return 1
  # crash point: state.saved
  hf_sum=$(sha256sum <"$hf_home/state.json")
  printf '%s\n' "${hf_sum%% *}" >"$hf_run/state.sum"
}

# STEP…: a new login was seen after these had closed a hole: from now on they stay, whoever takes the run back.
hf_seal() {
  # What closed the hole comes before the word that it stays closed.
  hf_sync_places
  for hf_n; do true >"$hf_run/acted/$hf_n.seen" || return 1; done
  sync "$hf_run/acted"/*.done "$hf_run/acted"/*.seen "$hf_run/acted"
}

# STATE: nothing stays of what was done here but the record: an image goes to machines that had no part in it. Prints how many runs went.
hf_make_image() {
  umask 077
  # crash point: image.record
  if [ -n "$1" ]; then hf_save "$hf_home/state.json" "$1" || return 1; fi
  # crash point: image.recorded
  if [ -d "$hf_home/secrets" ] && [ -d /run/systemd/system ]; then systemctl --quiet stop 'holdfast-secrets-*.timer'; fi
  hf_count=0
  for hf_piece in "$hf_home"/runs/*; do [ ! -d "$hf_piece" ] || hf_count=$((hf_count + 1)); done
  for hf_piece in "$hf_home"/* "$hf_home"/.[!.]*; do
    case $hf_piece in */lock | */state.json) continue ;; esac
    rm -rf -- "$hf_piece" || return 1
  done
  sync "$hf_home" && echo $hf_count
}

# Nothing of holdfast stays: no unit, no timer, no folder.
hf_leave_host() {
  hf_make_image '' >/dev/null || return 1
  hf_unit=/etc/systemd/system/holdfast-boot.service
  if [ -e $hf_unit ]; then
    rm -f -- $hf_unit "${hf_unit%/*}/sysinit.target.wants/holdfast-boot.service" || return 1
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
  fi
  rm -rf -- "$hf_home" /run/holdfast
}

# META: writes down how run $hf_id ends. What is kept, and what no longer, is nothing that could keep it open: until it is confirmed nothing
# goes that takes it back.
hf_write_end() {
  hf_sync_places
  # Every mark is on the disk now, so no later boot loses one; those that an earlier boot lost stay lost.
  hf_rebooted=
  hf_was_rebooted || rm -f "$hf_run/boot"
  # crash point: end.record
  hf_save "$hf_run/meta.json" "$1" &&
    # crash point: end.link
    hf_chain_run "$hf_id" && rm -f "$hf_run/out" "$hf_run/undo.out" "$hf_run/opening" || return 1
  hf_note_end 2>/dev/null
  :
}

# Ends the run with meta.json $1, which says STATUS $2; BY $3 and WORDS $4 tell who does.
hf_end_run() {
  hf_write_end "$1" || return 1
  # crash point: end.confirm
  rm -f "$hf_home/armed" &&
    # crash point: end.confirmed
    sync "$hf_home" && hf_leave_run && hf_tell_end "$hf_id" "$2" "$3" "$4" || return 1
  { hf_drop_due_secrets; hf_retain; } 2>/dev/null
  :
}

# RUN META STATUS BY WORDS: another run has taken this one back.
hf_annotate_run() {
  hf_save "$hf_home/runs/$1/meta.json" "$2" &&
    # crash point: annotate.link
    hf_chain_run "$1" && hf_tell_end "$1" "$3" "$4" "$5"
}
