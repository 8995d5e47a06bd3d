#!/bin/sh
# Takes this run back without holdfast: sh rollback.sh, as root. What closed a hole (a key, an account, a secret) stays; --allow-reopen takes
# that back, too.
hf_run=$(cd -P -- "${0%/*}" && pwd -P) || exit 1
hf_id=${hf_run##*/} hf_home=${hf_run%/runs/*}
hf_say() { case $1 in left) printf 'not undone: %s\n' "$3" ;; stays) echo "step $2 stays: it closed a hole" ;; esac; }
. "$hf_run/undo.lib"
# What an open run closed may be what keeps everybody out.
[ "$(readlink /var/lib/holdfast/armed)" = "runs/$hf_id" ] || hf_reopen=no
# shellcheck disable=SC2034  # the library reads it
[ "$1" != --allow-reopen ] || hf_reopen=yes
exec 8>>"$hf_home/lock"
flock -n 8 || { echo 'another run holds the lock' >&2; exit 5; }
hf_status=rolled-back hf_result=0
hf_rollback || hf_status=half-done hf_result=1
umask 077
hf_restore_state || { echo 'the record was written since and stays as it is' >&2; hf_result=1; }
rm -f "$hf_run/opening"
hf_sync_places
hf_close_meta "$hf_id" hand $hf_status || hf_result=1
[ "$(readlink "$hf_home/armed")" = "runs/$hf_id" ] && rm -f "$hf_home/armed"
case $SUDO_USER in '' | *[!A-Za-z0-9._-]*) SUDO_USER=root ;; esac
hf_tell_end "$hf_id" $hf_status hand "rollback.sh, which $SUDO_USER started by hand"
rm -rf "/run/holdfast/$hf_id"
rmdir /run/holdfast 2>/dev/null
exit $hf_result
