# Old texts for diffs. Arguments come in pairs: a path, and the digest of what holdfast wrote there ("-": none).
# Answers a record for each: status 0 with the bytes as base64, or 1 private, 2 too large, 3 gone, 4 not readable,
# 5 no regular file.
hf_public_chain() {
  hf_up=$1
  while [ -n "$hf_up" ]; do
    hf_up=${hf_up%/*}
    set -- "$@" "${hf_up:-/}"
  done
  shift
  stat -L -c '%a' -- "$@" 2>/dev/null | while read -r hf_mode; do
    case $hf_mode in *[1357]) ;; *) exit 1 ;; esac
  done
}
hf_text() {
  if [ -L "$1" ]; then hf_record text 5 ''; return; fi
  [ -e "$1" ] || { hf_record text 3 ''; return; }
  [ -f "$1" ] || { hf_record text 5 ''; return; }
  # `exec` itself would end the shell of an account that may not read it.
  { true <"$1" && exec 7<"$1"; } 2>/dev/null || { hf_record text 4 ''; return; }
  # Judged by the open file, so that a path swapped meanwhile can't pass off another one.
  hf_stat=$(stat -L -c '%F:%a:%s' /proc/self/fd/7 2>/dev/null)
  hf_kind=${hf_stat%%:*} hf_mode=${hf_stat#*:} hf_size=${hf_stat##*:}
  hf_mode=${hf_mode%%:*}
  case $hf_kind in regular*) ;; *) exec 7<&-; hf_record text 5 ''; return ;; esac
  if [ "$hf_size" -gt 1048576 ]; then exec 7<&-; hf_record text 2 ''; return; fi
  hf_data=$(head -c 1048577 <&7 | base64 -w 0)
  exec 7<&-
  hf_shown=no
  case $hf_mode in *[4567]) hf_public_chain "$1" && hf_shown=yes ;; esac
  if [ "$hf_shown" = no ] && [ "$2" != - ]; then
    hf_digest=$(printf '%s' "$hf_data" | base64 -d | sha256sum)
    [ "${hf_digest%% *}" = "$2" ] && hf_shown=yes
  fi
  [ "$hf_private" = yes ] && hf_shown=yes
  if [ "$hf_shown" = yes ]; then hf_record text 0 "$hf_data"; else hf_record text 1 ''; fi
}
hf_texts() {
  while [ $# -gt 1 ]; do
    hf_text "$1" "$2"
    shift 2
  done
}
