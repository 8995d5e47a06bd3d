# unpack DIR NAME TOKEN TODO HOW WHAT DIGEST MOST REDIRECTS OWNER GROUP STRIP: unpacks an archive to DIR/NAME, where nothing may be yet. TODO:
# `all`; or `stage`, which leaves it beside, judged and whole, and later `place`, which puts it there.
dir=$1 name=$2 token=$3 todo=$4 owner=${10} group=${11} strip=${12}
mark=.holdfast-archive
enter "$dir" || die "the folder $dir can't be entered safely"
there() { [ -e "$1" ] || [ -L "$1" ]; }

place() {
  ! there "../$name" || die "moved: $dir/$name is no longer what the plan saw"
  mv -T -- ./tree "../$name" || die "can't put $dir/$name"
  cd .. && rmdir -- "./.hf-$token" && sync .
}

if [ "$todo" = place ]; then
  inside ".hf-$token" && [ "$(stat -c '%u %a' .)" = "$(id -u) 700" ] || die "moved: what was unpacked in $dir is gone"
  place
  exit
fi
[ "$todo" != all ] || ! there "./$name" || die "moved: $dir/$name is no longer what the plan saw"
private ".hf-$token"
trap 'cd / && enter "$dir" && rm -rf -- "./.hf-$token"' EXIT
fetch "$5" "$6" "$7" "$8" "$9"

needs() { command -v "$1" >/dev/null || die "this archive needs $1, which this host hasn't: - package: $2"; }
# What a program said, for an error.
words() { printf ': %s' "$(tail -c 600 ./said)"; }
refuse() { die "refused: $*; nothing was changed"; }

kind=tar
case $(od -An -tx1 -N6 ./got | tr -d ' \n') in
  504b0304*) kind=zip; needs unzip unzip ;;
  504b0506*) kind=zip; needs unzip unzip ;;
  1f8b*) needs gzip gzip ;;
  fd377a585a00) needs xz xz-utils ;;
  28b52ffd*) needs zstd zstd ;;
  425a68*) needs bzip2 bzip2 ;;
esac
[ $kind = zip ] || needs tar tar

# Names first: nothing is unpacked that would lead elsewhere, whatever the program makes of it.
case $kind in
  zip) unzip -Z1 ./got >./names 2>./said </dev/null || [ "$(wc -c <./said)" = 0 ] || die "no zip archive that can be read$(words)" ;;
  tar) tar -tf ./got >./names 2>./said || die "no archive that can be read, or one that was cut short$(words)" ;;
esac
bad=$(grep -E '^/|(^|/)\.\.(/|$)' ./names | head -n 1)
[ -z "$bad" ] || refuse "its entry '$bad' leads out of the folder"
mkdir -m 755 ./tree
umask 022
case $kind in
  zip) unzip -qq -o ./got -d ./tree >./said 2>&1 </dev/null || die "can't unpack$(room)$(words)" ;;
  tar) tar -xf ./got -C ./tree --no-same-owner --no-same-permissions >./said 2>&1 || die "can't unpack$(room)$(words)" ;;
esac
rm -f ./got ./names ./said

while [ "$strip" -gt 0 ]; do
  [ "$(ls -A ./tree | wc -l)" = 1 ] || die "strip: there is more than one folder to leave out, or nothing in it"
  inner=./tree/$(ls -A ./tree)
  [ -d "$inner" ] && [ ! -L "$inner" ] || die "strip: ${inner#./tree/} is no folder"
  mv -T -- "$inner" ./inner && rmdir ./tree && mv -T ./inner ./tree || die "strip: can't move ${inner#./tree/}"
  strip=$((strip - 1))
done

bad=$(find ./tree ! -type f ! -type d ! -type l | head -n 1)
[ -z "$bad" ] || refuse "${bad#./tree/} is a device, a FIFO or a socket"
# Where a link leads, the ways through other links too. Not to the tree's own absolute path: it moves.
bad=$(find ./tree -type l -exec sh -c '
  base=$1; shift
  for link do
    case $(readlink -- "$link") in /*) echo "$link"; exit ;; esac
    to=$(readlink -m -- "$link" 2>/dev/null || readlink -f -- "$link")
    case $to in "$base" | "$base"/*) ;; *) echo "$link"; exit ;; esac
  done' links "$PWD/tree" {} + | head -n 1)
[ -z "$bad" ] || refuse "the link ${bad#./tree/} leads out of the folder"
# Every name of a file is in here.
bad=$(find ./tree -type f -links +1 -exec stat -c '%i %h' {} + | sort | uniq -c |
  while read -r names inode links; do [ "$names" = "$links" ] || echo "$inode"; done)
[ -z "$bad" ] || refuse "it holds another name of a file of this host"
! there "./tree/$mark" || refuse "it holds a $mark of its own"
find ./tree ! -type l -perm -4000 -exec chmod a-s {} + && find ./tree ! -type l -perm -2000 -exec chmod a-s {} + || die "can't set modes"

chmod 00755 ./tree
printf 'sha256 %s\nowner %s\ngroup %s\nstrip %s\n' "$7" "${owner:-root}" "${group:-root}" "${12}" >"./tree/$mark" || die "can't write$(room)"
if [ "${owner:-root}:${group:-root}" != root:root ] || [ -g . ]; then
  chown -hR -- "${owner:-root}:${group:-root}" ./tree || die "can't give it to ${owner:-root}:${group:-root}"
fi
# The program did it, the disk may not have.
sync -f ./tree 2>/dev/null || sync
[ "$todo" = stage ] || place
trap - EXIT
