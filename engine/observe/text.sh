# Old texts for diffs. Arguments come in pairs: a path, and the digest of what holdfast wrote there ("-": none).
# Answers a record for each: status 0 with the bytes as base64, or 1 private, 2 too large, 3 gone, 4 not readable,
# 5 no regular file.

# DIR: where it really is, in hf_at; hf_public: whether everybody can come there, hf_safe: whether nobody but root can exchange things there.
hf_text_folder() {
  [ "$hf_dir" != "$1" ] || return 0
  hf_dir=$1 hf_public=yes hf_safe=yes
  hf_at=$(cd -P -- "$1/" 2>/dev/null && printf '%s.' "$PWD") || hf_at=$1.
  hf_at=${hf_at%.}
  hf_at=${hf_at%/}
  hf_up=$hf_at
  set -- /
  while [ -n "$hf_up" ]; do
    set -- "$@" "$hf_up"
    hf_up=${hf_up%/*}
  done
  hf_modes=$(stat -c '%u %a' -- "$@" 2>/dev/null)
  while read -r hf_line; do
    case $hf_line in *[1357]) ;; *) hf_public=no ;; esac
    case $hf_line in "0 "*[2367] | "0 "*[2367]?) hf_safe=no ;; "0 "*) ;; *) hf_safe=no ;; esac
  done <<END
$hf_modes
END
}
# DIR NAME: "TYPE:MODE:NAMES:SIZE" of a file, and its bytes on the next line. Judged by the open file, and only if that is the one of this
# folder, so that a path swapped meanwhile can't pass off another one.
hf_taking='
cd -P -- "$1/" && [ "${PWD%/}" = "$1" ] && exec <"./$2" && [ "$(readlink /proc/self/fd/0)" = "$1/$2" ] || exit 4
facts=$(stat -L -c "%F:%a:%h:%s" /proc/self/fd/0) || exit 4
printf "%s\n" "$facts"
[ "${facts##*:}" -gt 1048576 ] || head -c 1048577 | base64 -w 0
'
hf_text() {
  hf_text_folder "${1%/*}"
  set -- "$hf_at" "${1##*/}" "$2"
  if [ -L "$1/$2" ]; then hf_record text 5 ''; return; fi
  [ -e "$1/$2" ] || { hf_record text 3 ''; return; }
  [ -f "$1/$2" ] || { hf_record text 5 ''; return; }
  # A pipe that somebody puts there right now would be waited for.
  if [ $hf_safe = yes ]; then hf_taken=$(eval "$hf_taking")
  else hf_taken=$(timeout 3 sh -c "$hf_taking" hf "$1" "$2"); fi 2>/dev/null || { hf_record text 4 ''; return; }
  # An empty file's line of bytes is none.
  hf_data=${hf_taken#"${hf_taken%%
*}"} hf_taken=${hf_taken%%
*}
  hf_data=${hf_data#?}
  hf_mode=${hf_taken#*:} hf_names=${hf_taken%:*}
  hf_mode=${hf_mode%%:*} hf_names=${hf_names##*:}
  case $hf_taken in regular*) ;; *) hf_record text 5 ''; return ;; esac
  if [ "${hf_taken##*:}" -gt 1048576 ]; then hf_record text 2 ''; return; fi
  hf_shown=no
  # In a folder of somebody else's it may be another name of a file elsewhere.
  if [ $hf_public = yes ] && { [ $hf_safe = yes ] || [ "$hf_names" = 1 ]; }; then
    case $hf_mode in *[4567]) hf_shown=yes ;; esac
  fi
  if [ "$hf_shown" = no ] && [ "$3" != - ]; then
    hf_digest=$(printf '%s' "$hf_data" | base64 -d | sha256sum)
    [ "${hf_digest%% *}" = "$3" ] && hf_shown=yes
  fi
  [ "$hf_private" = yes ] && hf_shown=yes
  if [ "$hf_shown" = yes ]; then hf_record text 0 "$hf_data"; else hf_record text 1 ''; fi
}
hf_texts() {
  hf_dir=-
  while [ $# -gt 1 ]; do
    hf_text "$1" "$2"
    shift 2
  done
}
