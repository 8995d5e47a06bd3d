# unpack-undo DIR NAME TOKEN TODO DIGEST
dir=$1 name=$2 token=$3 todo=$4
enter "$dir" || { [ ! -e "$dir" ] && exit 0; die "the folder $dir can't be entered safely"; }
if [ "$todo" != stage ] && { [ -e "./$name" ] || [ -L "./$name" ]; }; then
  is=
  [ -d "./$name" ] && [ ! -L "./$name" ] && read -r is <"./$name/.holdfast-archive" 2>/dev/null
  [ "$is" = "sha256 $5" ] || die "$dir/$name was changed by somebody else since; left as it is"
  # In one move: nobody sees half of it.
  rm -rf -- "./.hf-$token"
  mv -T -- "./$name" "./.hf-$token" || die "$dir/$name can't be removed"
fi
rm -rf -- "./.hf-$token" || die "$dir/.hf-$token can't be removed"
