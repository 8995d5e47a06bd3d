# apt-undo NAME…: takes back the transaction that these packages were part of. $HF_CAPTURE holds what there was before it. What others have
# done to packages since is told by time: dpkg's file list of a package is as old as its last unpacking, and a transaction unpacks in one go.
# dpkg and apt may have been killed anywhere in it, or the power was; so may an earlier try of this.
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none
# What is said goes to memory first: dpkg fails where it can't print, and the journal may be full.
umask 077
mkdir -p /run/holdfast
exec 3>&1
if true >/run/holdfast/apt-undo; then
  exec 4</run/holdfast/apt-undo >/run/holdfast/apt-undo 2>&1
  rm -f /run/holdfast/apt-undo
  trap 'cat <&4 >&3' EXIT
fi
umask 022
# Before dpkg is looked at: one that lives on is waited for, and what a killed one noted beside its record comes into it.
end=
until said=$(dpkg --set-selections 2>&1 </dev/null); do
  case $said in *lock*) ;; *) break ;; esac
  if [ -z "$end" ]; then
    # Where all is as it was, somebody else works: the transaction did not get the lock either.
    patience=120
    [ "$(look)" != "$(sed '/^time /d' "$HF_CAPTURE" 2>/dev/null)" ] || patience=5
    end=$(($(date +%s) + patience))
  fi
  [ "$(date +%s)" -lt "$end" ] || break
  sleep 1
done
times=$(stat -c 'unpacked %Y %n' /var/lib/dpkg/info/*.list)
work=$({ cat "$HF_CAPTURE" "$HF_CAPTURE.undo" 2>/dev/null; ! lost_marks || echo 'marks lost'; printf 'now\n'; look; printf '%s\n' "$times"; } | awk -v named=" $* " '
  function bare(p) { sub(/:.*/, "", p); return p }
  function ours(p) { return index(named, " " p " ") || index(named, " " bare(p) " ") }
  function here(status) { return status ~ /^.i/ || status ~ /^.[tWFUH]/ }
  function whole(status) { return status ~ /^.i/ && status !~ /^..R/ }
  # Of a conffile that was as its package has it: emptied by a power cut, or put by a dpkg that was killed before it wrote that down.
  function lost(path, p) {
    if (!((0, path) in sum) || sum[0, path] != recorded[0, path] || sum[1, path] == sum[0, path]) return 0
    return sum[1, path] == "d41d8cd98f00b204e9800998ecf8427e" ||
      (status[1, p] ~ /^.U/ && recorded[1, path] == recorded[0, path] && !((1, path ".dpkg-new") in beside))
  }
  BEGIN { now = 0 }
  $1 == "now" { now = 1 }
  $1 == "time" { start = $2; print }
  $1 == "stray" || $1 == "marks" { print }
  $1 == "touched" { touched[$2] = 1 }
  $1 == "package" { p = $2; version[now, p] = $3; status[now, p] = NF > 3 ? $4 : ""; all[p] = 1 }
  /^ \// {
    path = substr($0, 2)
    sub(/( obsolete| remove-on-upgrade)+$/, "", path)
    match(path, / [^ ]*$/)
    recorded[now, substr(path, 1, RSTART - 1)] = substr(path, RSTART + 1)
    owner[substr(path, 1, RSTART - 1)] = p
  }
  /^[0-9a-f]+  \// { sum[now, substr($0, 35)] = $1 }
  $1 == "beside" { beside[now, substr($0, 8)] = 1 }
  $1 == "auto" { automatic[$2] = automatic[$2] || !now }
  $1 == "unpacked" { p = $3; sub(/.*\//, "", p); sub(/\.list$/, "", p); at[p] = $2 }
  END {
    for (p in at) if (ours(p) && at[p] >= start && at[p] > end) end = at[p]
    for (p in all) {
      if (automatic[bare(p)] && here(status[0, p])) print "automatic", p
      since[p] = p in at && at[p] >= start
      if (ours(p) || (since[p] && at[p] <= end + 30)) touched[p] = 1
    }
    for (path in owner) {
      p = owner[path]
      if (!(p in touched)) continue
      if (!((0, path ".dpkg-dist") in beside)) print "sweep", path ".dpkg-dist"
      if (!here(status[0, p])) continue
      if (lost(path, p)) { print "lost", path; again[p] = 1 }
      if ((0, path) in recorded && !((0, path) in sum) && !((1, path) in sum)) print "absent", path
    }
    for (p in touched) {
      print "touched", p
      was = here(status[0, p]); is = here(status[1, p])
      if (status[1, p] ~ /^.H/) print "half", p
      if (was) {
        if (!is || version[1, p] != version[0, p]) print "install", p, version[0, p]
        # What was unpacked again since may have been lost to a power cut.
        else if (since[p] || again[p] || !whole(status[1, p])) { print "install", p, version[0, p]; print "again" }
        if (status[1, p] ~ /^.[UF]/ && version[1, p] == version[0, p]) print "configure", p
        if (automatic[bare(p)]) print "auto", p
        if (status[0, p] ~ /^h/) print "hold", p
      } else {
        if (is) print "remove", p
        if ((is || status[1, p] ~ /^.c/) && status[0, p] !~ /^.c/) print "purge", p
      }
    }
  }')
list() { printf '%s\n' "$work" | awk -v what="$1" -v form="$2" '$1 == what { printf form "\n", $2, $3 }'; }
names() { list "$1" %s; }
paths() { printf '%s\n' "$work" | sed -n "s|^$1 /|/|p"; }
each() { grep . | tr '\n' '\0' | xargs -0 -r "$@"; }
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
# One name for each file, wherever /bin is a link to /usr/bin.
one_name() { sed -E '/^\/\.?$/d;s,^/(bin|sbin|lib[^/]*)/,/usr/\1/,' | sort -u; }
# PACKAGE…: their files, of all versions that may have been unpacked.
files_of() {
  for p; do
    cat "/var/lib/dpkg/info/$p.list"
    for deb in "/var/cache/apt/archives/${p%%:*}_"*.deb; do
      [ ! -e "$deb" ] || dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's|^\./|/|;s|/$||'
    done
  done 2>/dev/null | one_name
}
# shellcheck disable=SC2046  # names of packages
strays=$({ paths stray; files_of $(names half); } | sort -u)
# shellcheck disable=SC2046
files=$({ printf '%s\n' "$strays"; files_of $(names touched); } | sort -u)
# What a later try could not tell any more. Where there is no room for it, this one is to succeed.
{
  { printf '%s\n' "$work" | grep -E '^(touched|marks) '; printf '%s\n' "$strays" | sed -n 's/^./stray &/p'; } >"$HF_CAPTURE.new" &&
    sync "$HF_CAPTURE.new" && mv -T "$HF_CAPTURE.new" "$HF_CAPTURE.undo"
} 2>/dev/null
# apt does nothing at all where it can't read its marks.
! lost_marks || rm -f $marks
paths lost | each rm -f --
# apt can't unpack again what was not configured yet.
# shellcheck disable=SC2046
set -- $(names configure)
[ $# = 0 ] || dpkg --force-confdef --force-confold --configure -- "$@" 3>&- 4<&-
# shellcheck disable=SC2046
set -- $(old) $(names remove | sed 's/$/-/')
if [ $# != 0 ]; then
  by_hand="by hand: apt-get install --allow-downgrades $*"
  ! printf '%s\n' "$work" | grep -q '^again' || set -- --reinstall "$@"
  [ -z "$(paths lost)" ] || set -- -o Dpkg::Options::=--force-confmiss "$@"
  set -- --no-install-recommends --allow-downgrades --allow-change-held-packages install "$@"
  planned=$(apt-get -s -q "$@" 2>&1) || {
    printf '%s\n' "$planned" | grep '^E:' >&2
    echo "packages are not as before; $by_hand" >&2
    exit 1
  }
  others=$(printf '%s\n' "$planned" | awk -v removed=" $(names remove | tr '\n' ' ')" '
    $1 == "Remv" || $1 == "Purg" { p = $2; b = p; sub(/:.*/, "", b)
      if (!index(removed, " " p " ") && !index(removed, " " b " ")) print p }')
  if [ -n "$others" ]; then
    # shellcheck disable=SC2086,SC2116  # on one line
    echo "packages are not as before: $(echo $others) came since and would go with them; $by_hand" >&2
    exit 1
  fi
  # dpkg removes what it had only begun to unpack where it is told to.
  apt-get -y -q -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    -o Dpkg::Options::=--force-remove-reinstreq "$@" 3>&- 4<&- || exit
fi
failed=0
# shellcheck disable=SC2046
set -- $(names purge)
[ $# = 0 ] || dpkg --purge -- "$@" 3>&- 4<&- || failed=1
# shellcheck disable=SC2046
set -- $(names auto)
# shellcheck disable=SC2046
[ -z "$(names marks)" ] || set -- $(dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' |
  awk -v automatic=" $(names automatic | tr '\n' ' ')" '$1 == "installed" && index(automatic, " " $2 " ") { print $2 }')
[ $# = 0 ] || apt-mark auto -- "$@" || failed=1
# shellcheck disable=SC2046
set -- $(names hold)
[ $# = 0 ] || apt-mark hold -- "$@" || failed=1
# What a killed dpkg left beside files, and files that it put before it had a list of them.
{ paths absent; paths sweep; printf '%s\n' "$files" | sed -n 's/.$/&.dpkg-new/p;s/new$/tmp/p'; } | each rm -f --
if [ -n "$strays" ]; then
  { cat /var/lib/dpkg/info/*.list | one_name; echo; printf '%s\n' "$strays" | sort -r; } |
    awk '$0 == "" { after = 1 } !after { owned[$0] } after && !($0 in owned)' |
    each sh -c 'start=$1; shift
      for path; do
        [ -n "$(find "$path" -maxdepth 0 -newerct "@$start")" ] || continue
        if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir -- "$path"; else rm -f -- "$path"; fi
      done' sh "$(names time)" 2>/dev/null
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
fi
# On the disk before it counts as taken back: apt syncs little of it, and dpkg less where it is told to be quick.
sync
[ $failed != 0 ] || rm -f "$HF_CAPTURE.undo"
exit $failed
