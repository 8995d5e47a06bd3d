#!/bin/sh
# Takes this run back without holdfast: sh rollback.sh, as root. What closed a hole (a key, an account, a secret) stays; --allow-reopen takes
# that back, too. Where old secrets were deleted meanwhile, --partial takes back the rest.
# shellcheck disable=SC2034,SC3013  # the library reads hf_reopen; dash and busybox know -ef
hf_run=$(cd -P -- "${0%/*}" && pwd -P) || exit 1
hf_id=${hf_run##*/} hf_home=${hf_run%/runs/*} hf_partial=no
hf_say() { case $1 in left) printf 'not undone: %s\n' "$3" ;; stays) echo "step $2 stays: it closed a hole" ;; esac; }
. "$hf_run/undo.lib"
# What an open run closed may be what keeps everybody out.
[ "$hf_home/armed" -ef "$hf_run" ] || hf_reopen=no
for hf_flag; do
  case $hf_flag in
    --allow-reopen) hf_reopen=yes ;;
    --partial) hf_partial=yes ;;
    *) echo "unknown option $hf_flag; --allow-reopen and --partial are known" >&2; exit 64 ;;
  esac
done
umask 077
exec 8>>"$hf_home/lock"
flock -n 8 || { echo 'another run holds the lock' >&2; exit 5; }
if [ -L "$hf_home/armed" ] && [ ! "$hf_home/armed" -ef "$hf_run" ]; then
  hf_open=$(readlink "$hf_home/armed")
  echo "run ${hf_open##*/} has not ended; take that one back first" >&2
  exit 6
fi
hf_later=$(hf_later_runs)
if [ -n "$hf_later" ]; then
  printf 'a later run touched the same objects; take it back first: %s\n' $hf_later >&2
  exit 4
fi
if [ -e "$hf_run/gone" ] && [ $hf_partial = no ]; then
  hf_gone | sed "s/^/can't be taken back any more: /" >&2
  echo 'nothing was changed; --partial takes back the rest' >&2
  exit 4
fi
hf_status=rolled-back hf_result=0
hf_rollback || hf_status=half-done hf_result=1
hf_restore_state || { echo 'the record was written since and stays as it is' >&2; hf_result=1; }
rm -f "$hf_run/opening"
hf_sync_places
# Else the run is as open as before, and this may be done again.
hf_close_meta "$hf_id" hand $hf_status || { echo "how it ended can't be written down; make room on the disk, then run this again" >&2; exit 1; }
hf_note_end
[ ! "$hf_home/armed" -ef "$hf_run" ] || rm -f "$hf_home/armed"
case $SUDO_USER in '' | *[!A-Za-z0-9._-]*) SUDO_USER=root ;; esac
hf_tell_end "$hf_id" $hf_status hand "rollback.sh, which $SUDO_USER started by hand"
rm -rf "/run/holdfast/$hf_id"
rmdir /run/holdfast 2>/dev/null
hf_drop_due_secrets
exit $hf_result
