#!/bin/sh
# Takes this run back without holdfast: sh rollback.sh, as root. What closed a hole (a key, an account, a secret) stays; --allow-reopen takes
# that back, too. Where old secrets were deleted meanwhile, --partial takes back the rest.
# shellcheck disable=SC2034,SC2154,SC3013  # the library reads hf_reopen and sets hf_bad; dash and busybox know -ef
case $0 in */*) hf_run=${0%/*} ;; *) hf_run=. ;; esac
hf_run=$(cd -P -- "$hf_run" && pwd -P) || exit 1
hf_id=${hf_run##*/} hf_home=${hf_run%/runs/*} hf_partial=no hf_wanted=
hf_say() { case $1 in left) printf 'not undone: %s\n' "$3" ;; stays) echo "step $2 stays: it closed a hole" ;; esac; }
. "$hf_run/undo.lib"
case $SUDO_USER in '' | *[!A-Za-z0-9._-]*) hf_person=root ;; *) hf_person=$SUDO_USER ;; esac
hf_close() { hf_close_meta "$hf_id" "$1" "$2" && hf_tell_end "$hf_id" "$2" "$1" "rollback.sh, which $hf_person started by hand"; }
for hf_flag; do
  case $hf_flag in
    --allow-reopen) hf_wanted=yes ;;
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
if [ "$hf_home/armed" -ef "$hf_run" ]; then
  # What it closed may be what keeps everybody out.
  hf_find_targets
elif [ -s "$hf_run/targets" ]; then
  echo "run $hf_id took others back, and has ended" >&2
  exit 1
else
  hf_targets=$hf_id hf_is_rollback=no hf_reopen=no
fi
hf_reopen=${hf_wanted:-$hf_reopen}
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
hf_take_targets_back hand
[ $hf_bad != 2 ] || { echo "how it ended can't be written down; make room on the disk, then run this again" >&2; exit 1; }
hf_note_end
if [ "$hf_home/armed" -ef "$hf_run" ]; then
  rm -f "$hf_home/armed"
  sync "$hf_home"
fi
rm -rf "/run/holdfast/$hf_id"
rmdir /run/holdfast 2>/dev/null
hf_drop_due_secrets
[ $hf_stale = no ] || exit 1
exit $hf_bad
