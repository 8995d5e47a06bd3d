# download DIR NAME TOKEN OLD HOW WHAT DIGEST MOST REDIRECTS OWNER MODE: fetches a file and puts it, whole, in the place of OLD: absent,
# file:DIGEST or file: (any). OWNER and MODE may be "": then they are the old file's.
dir=$1 name=$2 token=$3 old=$4 owner=${10} mode=${11}
stands() {
  identify "$1"
  case $old in file:) case $is in file:*) return 0 ;; esac ;; esac
  [ "$is" = "$old" ] || die "moved: $dir/$name is no longer what the plan saw"
}
enter "$dir" || die "the folder $dir can't be entered safely"
stands "./$name"
private ".hf-$token"
trap 'cd / && enter "$dir" && rm -rf -- "./.hf-$token"' EXIT
fetch "$5" "$6" "$7" "$8" "$9"
case $old in file:*)
  take_attributes "$name" "$owner" || die "can't keep the attributes of $dir/$name" ;;
esac
[ -z "$owner" ] || chown -h -- "$owner" ./got || die "can't give $dir/$name to $owner"
[ -z "$mode" ] || chmod -- "$mode" ./got || die "can't set the mode of $dir/$name"
sync ./got || die "can't sync"
stands "../$name"
mv -T -- ./got "../$name" || die "can't put $dir/$name"
