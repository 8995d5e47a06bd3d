# MODE PATH CHECK TOP BELOW: one item of a list in a YAML file that others write, too. The list is the value of the key
# TOP or, where BELOW is given, of the key BELOW in TOP's map. Edits of several items compose, in any order and back.
#
# Standard input: a line of two sizes, then the item as it stands there (nothing: it is new) and as it shall be
# (nothing: it goes). A new one comes first in its list, by the indentation of the others; it is given without one.
#
# MODE `set` edits; `capture` prints what is there, for `undo`: where the file is what `set` made of the captured
# one, the captured bytes come back; else only the item does.
#
# CHECK is a program that is given the new text's path before it takes the file's place; "" of none.
set -u
umask 077
mode=$1 path=$2 check=$3 dir=${2%/*} name=${2##*/}
dir=${dir:-/}
HF_TOP=$4 HF_BELOW=$5
export HF_TOP HF_BELOW
die() { echo "$*" >&2; exit 1; }
if [ "$mode" != capture ]; then
  IFS= read -r sizes || die 'nothing to do'
  old=$(head -c "${sizes% *}" && echo .) && item=$(head -c "${sizes#* }" && echo .) || die 'its input was cut short'
  old=${old%.} item=${item%.}
fi
if ! cd -P -- "$dir" 2>/dev/null; then
  [ "$mode" != set ] || die "there is no folder $dir"
  [ "$mode" != capture ] || echo none
  exit 0
fi
[ "$PWD" = "$dir" ] || die "$dir leads through a link"
[ "$mode" != undo ] || rm -f -- "./.$name.hf"[0-9]*
[ ! -L "./$name" ] || die "$path is a link"
if [ ! -e "./$name" ]; then
  [ "$mode" != set ] || die "there is no $path"
  [ "$mode" != capture ] || echo none
  exit 0
fi
[ -f "./$name" ] || die "$path is not a regular file"

# Somebody may put a link or a pipe there right now.
there() {
  if dd if=/dev/null iflag=nofollow,nonblock status=none 2>/dev/null; then dd "if=./$name" iflag=nofollow,nonblock bs=64k status=none
  else cat -- "./$name"; fi
}
# Texts are held in variables, begun by a newline and ended by a dot that keeps their last ones.
read_text() { # PROGRAM…: $text
  text=$("$@" && echo .) || die "$path can't be read"
  text="
${text%.}"
  case $text in *'
') ;; *) text="$text
" ;; esac
}
# Where a new item goes: the number of its list's line, the item's indentation, and what becomes of that line.
find_place() {
  printf '%s' "$1" | awk '
    function indent(line) { match(line, /[^ ]/); return RSTART - 1 }
    function empty(line) { return line ~ /^[ \t\r]*(#.*)?$/ }
    function starts(line, at, key) { return indent(line) == at && index(substr(line, at + 1), key ":") == 1 }
    { line[NR] = $0 }
    END {
      top = ENVIRON["HF_TOP"]; below = ENVIRON["HF_BELOW"]
      for (i = 1; i <= NR; ++i) if (starts(line[i], 0, top)) break
      if (i > NR) { print NR, below == "" ? 2 : 4, "append"; exit }
      at = 0; key = top
      if (below != "") {
        for (k = i + 1; k <= NR && empty(line[k]); ++k);
        at = k <= NR ? indent(line[k]) : 0
        rest = substr(line[i], length(top) + 2)
        sub(/[ \t]#.*$/, "", rest)
        if (rest !~ /^[ \t\r]*$/) { print i, 0, "odd"; exit }
        if (at == 0) { print i, 4, "nested"; exit }
        for (; k <= NR; ++k) {
          if (empty(line[k])) continue
          if (indent(line[k]) == 0) k = NR + 1
          else if (starts(line[k], at, below)) break
        }
        if (k > NR) { print i, at + 2, "nested"; exit }
        i = k; key = below
      }
      rest = substr(line[i], at + length(key) + 2)
      sub(/[ \t]#.*$/, "", rest); gsub(/[ \t\r]/, "", rest)
      if (rest !~ /^(\[\]|~|null)?$/) { print i, 0, "odd"; exit }
      for (k = i + 1; k <= NR && empty(line[k]); ++k);
      items = k <= NR && indent(line[k]) >= at && substr(line[k], indent(line[k]) + 1) ~ /^-([ \t\r]|$)/
      print i, items ? indent(line[k]) : at + 2, rest == "" ? "behind" : "instead"
    }'
}
spaces() { printf "%$1s" ''; }
# $text edited: $made, in which $put stands where $was stood.
edit() {
  if [ -n "$old" ]; then
    was="
$old" put="
$item"
    once "$text" "$was" || return
    made=$before$put$after
    return
  fi
  # shellcheck disable=SC2046
  set -- $(find_place "${text#?}")
  [ $# = 3 ] || die 'awk failed'
  put=$(printf '%s' "$item" | sed "s/^./$(spaces "$2")&/" && echo .) || die 'sed failed'
  put=${put%.} was=
  [ "$3" != odd ] || die "$path: the list '${HF_BELOW:-$HF_TOP}' stands on one line; give each of its items lines of its own"
  # The text begins with an empty line.
  line=$(($1 + 1))
  case $3 in
  append | nested)
    [ -z "$HF_BELOW" ] || put="$(spaces $(($2 - 2)))$HF_BELOW:
$put"
    [ "$3" = nested ] || put="$HF_TOP:
$put" ;;
  instead)
    was=$(printf '%s' "$text" | sed -n "${line}p")
    kept=${was%%:*}:
    put="$kept
$put" was="$was
" line=$(($1)) ;;
  esac
  before=$(printf '%s' "$text" | head -n "$line" && echo .) && after=$(printf '%s' "$text" | tail -n +$((line + 1)) && echo .) ||
    die "$path can't be cut"
  before=${before%.} after=${after%.}
  after=${after#"$was"}
  made=$before$put$after
}
# TEXT PIECE: whether it stands there exactly once, and what stands before and behind.
once() {
  before=${1%%"$2"*}
  [ "$before" != "$1" ] || return 1
  after=$(printf '%s' "$1" | tail -c +$((${#before} + ${#2} + 1)) && echo .) || return 1
  after=${after%.}
  # The last newline of the piece may be the first of its next place.
  case "
$after" in *"$2"*) return 1 ;; esac
}
# $text without what was done to the item: $made.
alone() {
  if [ -n "$old" ] && [ -n "$item" ]; then
    once "$text" "
$item" || return
    made="$before
$old$after"
    return
  fi
  if [ -n "$item" ]; then
    for deep in 2 4 0 6 8 1 3; do
      put=$(printf '%s' "$item" | sed "s/^./$(spaces $deep)&/" && echo .) || return
      once "$text" "
${put%.}" || continue
      made="$before
$after"
      return
    done
    return 1
  fi
  lead=${old%%[! ]*}
  # shellcheck disable=SC2046
  set -- $(find_place "${text#?}") "${#lead}"
  [ "$3" = behind ] && [ "$2" = "$4" ] || return
  before=$(printf '%s' "$text" | head -n $(($1 + 1)) && echo .) && after=$(printf '%s' "$text" | tail -n +$(($1 + 2)) && echo .) ||
    return
  made=${before%.}$old${after%.}
}
put_text() { # TEXT
  temporary=.$name.hf$$
  rm -f -- "./$temporary"
  facts=$(stat -c '%u:%g %a %F' -- "./$name") || exit
  case $facts in *' regular'*) ;; *) die "$path is not a regular file" ;; esac
  owner=${facts%% *} facts=${facts#* }
  rights=${facts%% *}
  # No set-id bits: another file's owner may be in the place of this one's.
  case $rights in ????) rights=${rights#?} ;; esac
  set -C
  exec 4>"./$temporary" || exit
  set +C
  trap 'rm -f -- "./$temporary"' EXIT
  printf '%s' "${1#?}" >&4 || exit
  chown "$owner" /proc/self/fd/4 && chmod "$rights" /proc/self/fd/4 || exit
  exec 4>&-
  if [ "$mode" = set ] && [ -n "$check" ]; then
    sh -c "$check" check "./$temporary" || exit
  fi
  sync -- "./$temporary" 2>/dev/null || sync
  mv -T -- "./$temporary" "./$name" || exit
  trap - EXIT
  sync -- . 2>/dev/null || :
}

case $mode in
capture)
  echo file
  there ;;
set)
  read_text there
  edit || die "$path is not as it was planned: the entry stands there no more, or twice"
  put_text "$made" ;;
undo)
  read_text there
  now=$text
  if [ -f "$HF_CAPTURE" ]; then
    [ "$(head -n 1 "$HF_CAPTURE")" = file ] || exit 0
    captured=$(tail -n +2 "$HF_CAPTURE" && echo .) || die "$HF_CAPTURE can't be read"
    captured="
${captured%.}"
    read_text tail -n +2 "$HF_CAPTURE"
    [ "$now" != "$text" ] || exit 0
    edit || die "$path can't be put back: what the run found is not known"
    if [ "$now" = "$made" ]; then put_text "$captured"; exit; fi
    if [ -n "$item" ] && once "$now" "$put"; then put_text "$before$was$after"; exit; fi
  fi
  # What was captured is gone already, or others changed the file since: the item alone comes back.
  text=$now
  if alone; then put_text "$made"; exit; fi
  die "$path: the entry is not what the run left; it stays as it is" ;;
esac
