# make FOLDER USER, or, where making it found nothing there, its undo: unmake FOLDER.
case $1 in
  state) [ ! -d "$2" ] || echo there ;;
  make) [ -d "$2" ] || { mkdir -m 0755 -- "$2" && chown -h -- "$3:" "$2"; } ;;
  unmake) [ -s "$HF_CAPTURE" ] || { is_free "$2" && rm -rf --one-file-system -- "$2"; } ;;
esac
