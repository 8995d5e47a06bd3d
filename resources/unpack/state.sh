# deploy-state DIR NAME TOKEN OLD: puts the text of standard input, with the times in it, in the place of OLD: absent or file:DIGEST.
dir=$1 name=$2 token=$3 old=$4
enter "$dir" || die "the folder $dir can't be entered safely"
identify "./$name"
[ "$is" = "$old" ] || die "moved: $dir/$name is no longer what the plan saw"
private ".hf-$token"
trap 'cd / && enter "$dir" && rm -rf -- "./.hf-$token"' EXIT
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
# The run began when its mark was made.
began=$(stat -c %Y /var/lib/holdfast/armed 2>/dev/null) && began=$(date -u -d "@$began" +%Y-%m-%dT%H:%M:%SZ) || began=$now
sed "s/^  \"last_deploy_timestamp\": \"\"/  \"last_deploy_timestamp\": \"$now\"/;s/^  \"deploy_start\": \"\"/  \"deploy_start\": \"$began\"/" >./got ||
  die "can't write $dir/$name$(room)"
[ -s ./got ] || die "can't write $dir/$name$(room)"
case $old in file:*) take_attributes "$name" 0 || die "can't keep the attributes of $dir/$name" ;; esac
chown 0:0 ./got && chmod 0644 ./got && sync ./got || die "can't sync"
identify "../$name"
[ "$is" = "$old" ] || die "moved: $dir/$name is no longer what the plan saw"
mv -T -- ./got "../$name" || die "can't put $dir/$name"
