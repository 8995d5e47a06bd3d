# apt-undo NAME…: takes back the transaction that these packages were part of. $HF_CAPTURE holds what there was before it. What others have
# done to packages since is told by time: dpkg's file list of a package is as old as its last unpacking, and a transaction unpacks in one go.
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none
now=$(dpkg-query -W -f 'now ${binary:Package} ${Version} ${db:Status-Abbrev}\n')
times=$(stat -c 'unpacked %Y %n' /var/lib/dpkg/info/*.list)
work=$({ cat "$HF_CAPTURE"; printf '%s\n%s\n' "$now" "$times"; } | awk -v named=" $* " '
  function bare(p) { sub(/:.*/, "", p); return p }
  function ours(p) { return index(named, " " p " ") || index(named, " " bare(p) " ") }
  function here(status) { return status ~ /^.i/ || status ~ /^.[tWFUH]/ }
  $1 == "time" { start = $2 }
  $1 == "package" { version[$2] = $3; status[$2] = NF > 3 ? $4 : ""; all[$2] = 1 }
  $1 == "auto" { automatic[$2] = 1 }
  $1 == "now" { found[$2] = $3; state[$2] = NF > 3 ? $4 : ""; all[$2] = 1 }
  $1 == "unpacked" { p = $3; sub(/.*\//, "", p); sub(/\.list$/, "", p); at[p] = $2 }
  END {
    for (p in at) if (ours(p) && at[p] >= start && at[p] > end) end = at[p]
    for (p in all) {
      in_time = p in at && at[p] >= start && at[p] <= end + 30
      if (!in_time && !ours(p)) continue
      was = here(status[p]); is = here(state[p])
      if (was && (!is || found[p] != version[p])) {
        print "install", p, version[p]
        if (bare(p) in automatic) print "auto", p
        if (status[p] ~ /^h/) print "hold", p
      } else if (!was && is) {
        print "remove", p
        if (status[p] !~ /^.c/) print "purge", p
      }
    }
  }')
[ -n "$work" ] || exit 0
list() { printf '%s\n' "$work" | awk -v what="$1" -v form="$2" '$1 == what { printf form "\n", $2, $3 }'; }
names() { printf '%s\n' "$work" | awk -v what="$1" '$1 == what { print $2 }'; }
# What no list has any more may still lie in apt's cache.
old() {
  listed=$(names install | xargs -r apt-cache madison -- 2>/dev/null)
  list install '%s %s' | while read -r p version; do
    spec=$p=$version file=$version
    case $file in *:*) file=${file%%:*}%3a${file#*:} ;; esac
    if ! printf '%s\n' "$listed" | awk -v p="${p%%:*}" -v v="$version" '{ sub(/:.*/, "", $1) } $1 == p && $3 == v && $NF != "Sources" { found = 1 } END { exit !found }'; then
      for deb in "/var/cache/apt/archives/${p%%:*}_${file}_"*.deb; do [ ! -e "$deb" ] || spec=$deb; done
    fi
    printf '%s\n' "$spec"
  done
}
set -- $(old) $(names remove | sed 's/$/-/')
planned=$(apt-get -s -q --no-install-recommends --allow-downgrades --allow-change-held-packages install -- "$@" 2>&1) || {
  printf '%s\n' "$planned" | grep '^E:' >&2
  echo "packages are not as before; by hand: apt-get install --allow-downgrades $*" >&2
  exit 1
}
others=$(printf '%s\n' "$planned" | awk -v removed=" $(names remove | tr '\n' ' ')" '
  $1 == "Remv" || $1 == "Purg" { p = $2; b = p; sub(/:.*/, "", b)
    if (!index(removed, " " p " ") && !index(removed, " " b " ")) print p }')
if [ -n "$others" ]; then
  echo "packages are not as before: $(echo $others) came since and would go with them; by hand: apt-get install --allow-downgrades $*" >&2
  exit 1
fi
apt-get -y -q -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
  --no-install-recommends --allow-downgrades --allow-change-held-packages install -- "$@" || exit
failed=0
set -- $(names purge)
[ $# = 0 ] || dpkg --purge -- "$@" || failed=1
set -- $(names auto)
[ $# = 0 ] || apt-mark auto -- "$@" || failed=1
set -- $(names hold)
[ $# = 0 ] || apt-mark hold -- "$@" || failed=1
exit $failed
