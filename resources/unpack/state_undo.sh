# deploy-state-undo DIR NAME TOKEN OLD VERSION
dir=$1 name=$2 token=$3 old=$4
enter "$dir" || { [ ! -e "$dir" ] && exit 0; die "the folder $dir can't be entered safely"; }
rm -rf -- "./.hf-$token" "./.hf-$token-undo"
identify "./$name"
[ "$is" != "$old" ] || exit 0
read -r was ids mode <"$HF_CAPTURE" || die "what was there before is not known"
case $is in
  file:*) grep -qF -- "\"current_version\": \"$5\"" "./$name" || die "$dir/$name was changed by somebody else since; left as it is" ;;
  *) die "$dir/$name was changed by somebody else since; left as it is" ;;
esac
if [ "$was" = absent ]; then
  rm -f -- "./$name"
  exit
fi
put_back "$dir" "$name" "$token" "$old" "$ids" "$mode"
