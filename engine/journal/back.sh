# Takes back a run that its controller does not, with all that goes back with it. Known to the guard and to rollback.sh, which say how a run
# is closed (hf_close WHO STATUS, of run $hf_id). hf_home, hf_run, hf_id: as in keep.sh.

# shellcheck disable=SC2154,SC2034  # whoever reads this in sets hf_home; the library reads hf_reopen

# The runs that go back with the open run $hf_id, in hf_targets, the latest first: where it is itself a rollback (hf_is_rollback), what it was
# to take back, and what that had closed only where it was allowed to; else it, and those that were cut off before and that it went on from.
# What an earlier try has closed is left out: what lies below it has changed since.
hf_find_targets() {
  hf_is_rollback=no hf_all='' hf_targets='' hf_next=$hf_id
  if [ -s "$hf_run/targets" ]; then
    hf_is_rollback=yes hf_all=$(cat "$hf_run/targets") hf_next='' hf_reopen=no
    ! grep -q '"reopen": true' "$hf_run/meta.json" || hf_reopen=yes
  fi
  while [ -n "$hf_next" ]; do
    hf_all="$hf_all $hf_next"
    hf_next=$(cat "$hf_home/runs/$hf_next/instead" 2>/dev/null)
  done
  for hf_next in $hf_all; do
    grep -q '"status": "rolled-back"' "$hf_home/runs/$hf_next/meta.json" || hf_targets="$hf_targets $hf_next"
  done
}

# WHO: takes back hf_targets, and closes them, and run $hf_id where it is a rollback of them; how, in hf_status. hf_bad: 1 where something is
# left, 2 where its end can't be written down: then it is as open as before. hf_stale: somebody has written the record since.
hf_take_targets_back() {
  hf_bad=0 hf_stale=no hf_own=$hf_id
  rm -f "$hf_run/opening"
  for hf_id in $hf_targets; do
    hf_run=$hf_home/runs/$hf_id hf_status=rolled-back
    rm -f "$hf_run/left"
    hf_rollback || { hf_status=half-done; [ $hf_bad = 2 ] || hf_bad=1; }
    hf_restore_state || { hf_stale=yes; echo "the record was written since run $hf_id and stays as it is"; }
    hf_sync_places
    hf_close "$1" $hf_status || hf_bad=2
    [ $hf_is_rollback = yes ] || rm -rf "/run/holdfast/${hf_id:?}"
  done
  hf_id=$hf_own hf_run=$hf_home/runs/$hf_own hf_status=rolled-back
  [ $hf_bad = 0 ] || hf_status=half-done
  [ $hf_is_rollback = yes ] || return 0
  [ $hf_status = half-done ] || hf_status='done'
  hf_close "$1" $hf_status || hf_bad=2
}
