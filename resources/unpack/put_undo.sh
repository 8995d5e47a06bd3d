# download-undo DIR NAME TOKEN OLD DIGEST
dir=$1 name=$2 token=$3 old=$4 new=file:$5
enter "$dir" || { [ ! -e "$dir" ] && exit 0; die "the folder $dir can't be entered safely"; }
rm -rf -- "./.hf-$token" "./.hf-$token-undo"
identify "./$name"
[ "$is" != "$old" ] || exit 0
read -r was ids mode <"$HF_CAPTURE" || die "what was there before is not known"
if [ "$is" != "$new" ]; then
  case $old:$is in file::file:*) exit 0 ;; esac
  die "$dir/$name was changed by somebody else since; left as it is"
fi
if [ "$was" = absent ]; then
  rm -f -- "./$name"
  exit
fi
put_back "$dir" "$name" "$token" "$old" "$ids" "$mode"
