# HOW WHAT DIGEST MOST REDIRECTS: brings bytes to ./got, here, and judges them. HOW is `input` (they are on standard input), `path` (WHAT is
# a file of the host), `file` (the same of a file:// URL) or `url`: then standard input holds what curl must know, secrets too, and
# WHAT is the URL where any program may be told it in its arguments, else "". REDIRECTS: the protocols to which a server may lead on, or none.
fetch() {
  how=$1 what=$2 want=$3 most=$4
  case $how in
    input) cat >./got || die "can't write the archive$(room)" ;;
    path | file)
      [ -f "$what" ] || die "there is no file $what on this host"
      size=$(stat -L -c %s -- "$what") || die "can't see $what"
      [ "$size" -le "$most" ] || die "$what has $size bytes, more than max_size, $most"
      head -c $((most + 1)) <"$what" >./got || die "can't copy $what$(room)"
      [ "$(stat -c %s ./got)" -le "$most" ] || die "$what has more than max_size, $most bytes" ;;
    url) fetch_url "$5" ;;
  esac
  sum=$(sha256sum <./got) || die "can't read what was fetched"
  [ "${sum%% *}" = "$want" ] ||
    die "wrong digest: sha256 is ${sum%% *}, not $want ($(stat -c %s ./got) bytes came); nothing was changed"
}

fetch_url() {
  # What it says on standard error counts, too.
  blocks=$((most / 512 + 128))
  if command -v curl >/dev/null; then
    set -- -q --config - --fail --silent --show-error --max-filesize "$most" --connect-timeout 30 --speed-limit 1 --speed-time 60 \
      --retry 2 --proto '=http,https' --location --proto-redir "${1:-=https}" --max-redirs "$([ -n "$1" ] && echo 10 || echo 0)" --output ./got
    (ulimit -f $blocks; exec curl "$@")
    code=$?
    [ $code = 0 ] || fetch_failed curl $code
    # A server that sends nothing leaves no file.
    [ -f ./got ] || : >./got
  elif [ -z "$what" ]; then die "headers, proxy, ca_file and names in a url need curl, which this host hasn't: - package: curl"
  elif command -v wget >/dev/null; then
    (ulimit -f $blocks; exec wget -q -T 30 -O ./got -- "$what" </dev/null)
    code=$?
    [ $code = 0 ] || fetch_failed wget $code
  else die "this host has neither curl nor wget: - package: curl"; fi
  [ "$(stat -c %s ./got)" -le "$most" ] || fetch_failed curl 63
}

# PROGRAM STATUS: its words are above.
fetch_failed() {
  case $1:$2 in
    *:153 | *:25 | curl:63) die "the server has more than max_size, $most bytes; nothing was changed" ;;
    curl:18) die "the transfer was cut short; nothing was changed" ;;
    curl:23 | wget:3) die "can't write what comes$(room)" ;;
    curl:47) die "the server leads elsewhere, and a secret header is not sent on; nothing was changed" ;;
    *) die "$1 ended with status $2$(room); nothing was changed" ;;
  esac
}
