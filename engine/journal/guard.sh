#!/bin/sh
# Keeps watch over one run on its own host: when nobody keeps the run alive it ends what the run started, and takes it back. Needs nothing of
# the controller. Started beside the run (guard.sh SECONDS), by the boot unit after a power cut (guard.sh boot), or to do what the run leaves
# for later (guard.sh later SECONDS BACK). At last it deletes the old secrets that the run kept: by a timer (guard.sh secrets), after a boot
# (guard.sh secrets boot), without systemd (guard.sh secrets SECONDS).
# shellcheck disable=SC2154,SC3013,SC2034  # the library sets hf_rest and reads hf_reopen; dash and busybox know -ef
hf_run=$(cd -P -- "${0%/*}" && pwd -P) || exit 1
hf_id=${hf_run##*/}
hf_home=${hf_run%/runs/*}
hf_live=/run/holdfast/$hf_id
. "$hf_run/undo.lib"
umask 077

hf_say() { case $1 in left) printf '%s\n' "$3" | tee -a "$hf_home/runs/$hf_id/left" ;; stays) echo "step $2 stays: it closed a hole" ;; esac; }

# Whether the run is still the one that has begun here and not ended.
hf_armed() { [ "$hf_home/armed" -ef "$hf_home/runs/$1" ]; }

# The same, or it is about to begin. It is armed before it no longer opens, and so it is asked in the other order.
hf_ours() { [ -e "$hf_run/opening" ] || hf_armed "$hf_id"; }

# SECONDS: returns when that many have passed without a heartbeat, counted by sleeping: no clock that somebody sets. `lease` holds another
# number while the run can't beat.
hf_watch() {
  hf_silence=0 hf_heard=''
  while hf_ours; do
    hf_beat='' hf_lease=''
    { read -r hf_beat <"$hf_live/heartbeat"; read -r hf_lease <"$hf_live/lease"; } 2>/dev/null
    if [ "$hf_beat" = "$hf_heard" ]; then hf_silence=$((hf_silence + 1)); else hf_silence=0 hf_heard=$hf_beat; fi
    [ "$hf_silence" -le "${hf_lease:-$1}" ] || break
    sleep 1 &
    hf_nap=$!
    wait $hf_nap
    hf_nap=
  done
  hf_ours || { hf_leave_run; exit 0; }
  trap - TERM
}

# Ends what the run started. The session of the act comes first: sudo closes what it inherits.
hf_end_ours() {
  # crash point: guard.end
  printf 'its controller was silent\n' >"$hf_live/killed"
  hf_sid=
  { read -r hf_sid <"$hf_live/act"; } 2>/dev/null
  hf_end_session "$hf_sid"
  until hf_end_all hf_find_started; do :; done
}

# WHO STATUS: that run $hf_id ended, without its controller. Fails where that can't be written down.
hf_close() {
  # crash point: guard.close
  hf_close_meta "$hf_id" "$1" "$2" || return 1
  case $1 in
    boot) hf_who='the boot unit: the host lost its power' ;;
    later) hf_who='what it had left for later: that failed' ;;
    *) hf_who='its guard: nobody kept it alive' ;;
  esac
  hf_tell_end "$hf_id" "$2" "$1" "$hf_who"
}

# WHO: takes back what the run did. Without room to write down how it ended it fails, and the run is as open as before.
hf_take_back() {
  hf_find_targets
  hf_take_targets_back "$1"
  [ $hf_bad != 2 ] || { echo "run $hf_own: how it ended can't be written down"; return 1; }
  # crash point: guard.tell
  # Whoever connects next is told; once, though this may be the second guard to come here.
  grep -qs "^$hf_own " "$hf_home/alone" || printf '%s %s %s\n' "$hf_own" "$1" $hf_status >>"$hf_home/alone"
  sync "$hf_home/alone"
  hf_note_end
  # crash point: guard.disarm
  rm -f "$hf_home/armed"
  sync "$hf_home"
  # crash point: guard.disarmed
  hf_leave_run
  echo "run $hf_own: $hf_status"
  hf_drop_due_secrets
  hf_retain
}

hf_leave_run() {
  rm -rf "$hf_live"
  rmdir /run/holdfast 2>/dev/null
}

case $1 in
  boot)
    # A copy of this file system on another machine is nobody's to change.
    { read -r hf_machine <"$hf_run/machine"; read -r hf_here </etc/machine-id; } 2>/dev/null
    [ "$hf_machine" = "$hf_here" ] || { echo "run $hf_id belongs to another machine"; exit 0; }
    # Jobs are only queued: what they wait for waits for us.
    HF_BOOT=yes
    export HF_BOOT
    exec 8>>"$hf_home/lock"
    flock 8
    hf_armed "$hf_id" || exit 0
    hf_take_back boot
    hf_rc=$?
    systemctl daemon-reload
    systemctl --no-block start default.target
    exit $hf_rc ;;
  later)
    . "$hf_run/later.sh"
    hf_do_later "$2" "$3" ;;
  secrets)
    case $2 in
      '') ;;
      boot) hf_secrets_due || { hf_time_secrets "$hf_rest"; exit 0; } ;;
      *) sleep "$2" ;;
    esac
    while :; do
      exec 8>>"$hf_home/lock"
      flock 8
      [ -d "$hf_run/undo" ] && ! hf_armed "$hf_id" || exit 0
      # A run that is open may have gone on from this one, and goes back with it.
      [ -L "$hf_home/armed" ] || hf_waits || { hf_drop_secrets && break; }
      # A full disk, say; or it may still be taken back. A boot does not wait for that.
      [ "$2" != boot ] || { hf_time_secrets 60; exit 0; }
      exec 8>&-
      sleep 60
    done
    echo "run $hf_id: old secrets deleted" ;;
  *)
    # Where a guard is killed, systemd starts another.
    hf_ours || { hf_leave_run; exit 0; }
    mkdir -p "$hf_live"
    echo $$ >"$hf_live/guard"
    exec 5<"$hf_live/guard"
    # Told to stop it leaves no sleep behind: where systemd isn't told of an empty control group (version 1), it would wait for that.
    hf_nap=
    trap '[ -z "$hf_nap" ] || { kill $hf_nap; wait $hf_nap; } 2>/dev/null; exit 0' TERM
    hf_watch "$1"
    echo "run $hf_id: nobody has kept it alive for $1 s"
    hf_end_ours
    # A full disk may have room again: for five minutes it goes on trying, then it leaves that to whoever comes next.
    hf_tries=0
    while exec 8>>"$hf_home/lock" && flock 8 && hf_armed "$hf_id"; do
      ! hf_take_back guard || exit 0
      hf_tries=$((hf_tries + 1))
      [ $hf_tries -lt 60 ] || exit 0
      exec 8>&-
      sleep 5 &
      hf_nap=$!
      wait $hf_nap
    done
    [ ! -e "$hf_run/opening" ] || rm -rf "$hf_run" /etc/systemd/system/holdfast-boot.service.tmp
    hf_leave_run ;;
esac
