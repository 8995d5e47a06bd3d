# NAME: what only test builds have. The harness writes "NAME PASSING HOW" to `at`: at that passing the programs of this login or guard
# are killed (kill), or this shell stands still (stand) until `reached` is gone. `trace`, where it is there, gets every name.
hf_crash_point() {
  [ -d /var/cache/holdfast-crash ] || return 0
  [ ! -e /var/cache/holdfast-crash/trace ] || echo "host/$1" >>/var/cache/holdfast-crash/trace
  { read -r hf_crash_name hf_crash_passing hf_crash_how </var/cache/holdfast-crash/at; } 2>/dev/null || return 0
  [ "$hf_crash_name" = "$1" ] || return 0
  if [ "$hf_crash_passing" -gt 1 ]; then
    echo "$1 $((hf_crash_passing - 1)) $hf_crash_how" >/var/cache/holdfast-crash/at
    return 0
  fi
  rm /var/cache/holdfast-crash/at
  : >/var/cache/holdfast-crash/reached
  [ "$hf_crash_how" = stand ] || kill -KILL 0
  while [ -e /var/cache/holdfast-crash/reached ]; do sleep 0.1; done
}
