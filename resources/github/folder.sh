# make FOLDER USER, or, where making it found nothing there, its undo: unmake FOLDER.
last=${2##*/} around=${2%/*}
case $1 in
  state) [ ! -d "$2" ] || echo there ;;
  make) [ -d "$2" ] || { enter "${around:-/}" && make_closed "$last" && chmod 0755 . && chown -- "$3:" .; } ;;
  unmake) [ -s "$HF_CAPTURE" ] || [ ! -e "$2" ] || { is_free "$2" && enter "${around:-/}" && rm -rf --one-file-system -- "./$last"; } ;;
esac
