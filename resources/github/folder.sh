# make FOLDER USER, or, where making it found nothing there, its undo: unmake FOLDER.
last=${2##*/} around=${2%/*}

# USER: one that is not empty was put in its place right then.
make_folder() {
  mkdir -m 0700 -- "./$last" && inside "$last" && chmod 00700 . && [ "$(stat -c '%u %a' .)" = '0 700' ] && [ -z "$(ls -A .)" ] && strip &&
    chmod 0755 . && chown -- "$1:" .
}

case $1 in
  state) [ ! -d "$2" ] || echo there ;;
  make)
    [ -d "$2" ] || { enter "${around:-/}" && make_folder "$3"; } ;;
  unmake) [ -s "$HF_CAPTURE" ] || [ ! -e "$2" ] || { is_free "$2" && enter "${around:-/}" && rm -rf --one-file-system -- "./$last"; } ;;
esac
