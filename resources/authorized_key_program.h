#pragma once

#include <string_view>

namespace holdfast {

/// MODE USER PATH KEY: one key's line in an authorized_keys file, PATH or the account's own where
/// PATH is "". Several keys of one file compose, in any order and back.
///
/// MODE `set`: the first line of standard input takes the place of the key's line, or is appended;
/// an empty one removes it. `capture`: prints what is there, for `undo`: whose standard input holds
/// the line that `set` got and the line that was there before. Where the file is what `set` made of
/// the captured one, the captured bytes come back; else only the key's line does.
///
/// The folder is entered first and must be the one that was named, links and all; then only ./NAME
/// is touched, a new file takes its place by rename, and ownership is given to the open file, not
/// to a name that its owner could swap.
inline constexpr std::string_view kEditKey = R"sh(
set -u
umask 077
mode=$1 user=$2 path=$3
HF_KEY=$4; export HF_KEY
line= back=
if [ "$mode" != capture ]; then IFS= read -r line || :; IFS= read -r back || :; fi
die() { echo "$*" >&2; exit 1; }
# Where there is nothing to remove from, there is nothing to do.
none() {
  [ "$mode" = capture ] && { echo nodir; exit 0; }
  [ "$mode" = undo ] || [ -z "$line" ] && exit 0
  die "$1"
}
entry=$(getent passwd -- "$user" || grep "^$user:" /etc/passwd 2>/dev/null) || none "there is no account $user"
[ "${entry%%:*}" = "$user" ] || none "there is no account $user"
rest=${entry#*:*:}; uid=${rest%%:*}; rest=${rest#*:}; gid=${rest%%:*}
home=${entry%:*}; home=${home##*:}
if [ -n "$path" ]; then
  dir=${path%/*}; name=${path##*/}; dir=${dir:-/}
  cd -P -- "$dir" 2>/dev/null || none "there is no folder $dir"
  [ "$PWD" = "$dir" ] || die "$dir leads through a link"
  owner=$(stat -c %u:%g .) rights=644
else
  cd -P -- "$home" 2>/dev/null || none "there is no home $home"
  case $(stat -c %u .) in 0 | "$uid") ;; *) die "$home belongs to another account" ;; esac
  dir=${PWD%/}/.ssh name=authorized_keys
  owner=$uid:$gid rights=600
  [ -L ./.ssh ] && die "$dir is a link"
  if [ ! -e ./.ssh ]; then
    [ "$mode" = set ] && [ -n "$line" ] || none "there is no folder $dir"
    mkdir -m 700 ./.ssh || exit
    cd -P ./.ssh && [ "$PWD" = "$dir" ] && [ -O . ] && [ -z "$(ls -A .)" ] || die "$dir was swapped"
    chown "$owner" . || exit
  else
    cd -P ./.ssh && [ "$PWD" = "$dir" ] || die "$dir is not a folder"
  fi
fi
case $(stat -c %u .) in 0 | "$uid") ;; *) die "$dir belongs to another account" ;; esac
# What was killed in the middle of putting it.
if [ "$mode" = undo ]; then rm -f -- "./.$name.hf"[0-9]*; fi
[ -L "./$name" ] && die "$dir/$name is a link"
exists=
if [ -e "./$name" ]; then
  [ -f "./$name" ] || die "$dir/$name is not a regular file"
  exists=1
  # Of one look, and without set-id bits: another file may be in its place by now.
  facts=$(stat -c '%u:%g %a' -- "./$name") || exit
  owner=${facts% *} rights=${facts#* }
  case $rights in ????) rights=${rights#?} ;; esac
fi
# Texts are held in variables, ended by a dot that keeps their last newlines: a program that fails
# half-way must never look like the end of the file.
old() { [ -z "$exists" ] || dd "if=./$name" iflag=nofollow,nonblock bs=64k status=none; }
edit() {
  HF_LINE=$1 awk '
    function has(text) {
      if (text ~ /^[ \t]*#/) return 0
      gsub(/[ \t\r]+/, " ", text)
      return index(" " text " ", " " ENVIRON["HF_KEY"] " ") > 0
    }
    BEGIN { line = ENVIRON["HF_LINE"]; done = line == "" }
    has($0) { if (!done) { print line; done = 1 } next }
    { print }
    END { if (!done) print line }'
}
put() {
  temporary=./.$name.hf$$
  rm -f -- "$temporary"
  set -C
  exec 4>"$temporary" || exit
  set +C
  trap 'rm -f -- "$temporary"' EXIT
  cat >&4 || exit
  chown "$owner" /proc/self/fd/4 && chmod "$rights" /proc/self/fd/4 || exit
  exec 4>&-
  sync -- "$temporary" 2>/dev/null || sync
  mv -T -- "$temporary" "./$name" || exit
  trap - EXIT
  sync -- . 2>/dev/null || :
}
drop() {
  rm -f -- "./$name"
  if [ "$1" = nodir ] && [ -z "$path" ]; then here=$PWD; cd / && rmdir -- "$here" 2>/dev/null; fi
}
case $mode in
capture)
  if [ -n "$exists" ]; then echo file; old; else echo nofile; fi ;;
set)
  if [ -z "$exists" ] && [ -z "$line" ]; then exit 0; fi
  text=$(old && echo .) || die "$dir/$name can't be read"
  text=$(printf '%s' "${text%.}" | edit "$line" && echo .) || die "awk failed"
  printf '%s' "${text%.}" | put ;;
undo)
  was=unknown
  [ -f "$HF_CAPTURE" ] && was=$(head -n 1 "$HF_CAPTURE")
  if [ -z "$exists" ] && { [ "$was" != file ] || [ -z "$back" ]; }; then drop "$was"; exit 0; fi
  text=$(old && echo .) || die "$dir/$name can't be read"
  text=${text%.} before=
  if [ "$was" = file ]; then
    before=$(tail -n +2 "$HF_CAPTURE" && echo .) || die "$HF_CAPTURE can't be read"
    before=${before%.}
  fi
  made=$(printf '%s' "$before" | edit "$line" && echo .) || die "awk failed"
  if [ "$was" != unknown ] && [ -n "$exists" ] && [ "$text" = "${made%.}" ]; then
    if [ "$was" = file ]; then printf '%s' "$before" | put; else drop "$was"; fi
    exit
  fi
  text=$(printf '%s' "$text" | edit "$back" && echo .) || die "awk failed"
  printf '%s' "${text%.}" | put || exit
  if [ "$was" != file ] && [ "$was" != unknown ] && [ ! -s "./$name" ]; then drop "$was"; fi ;;
esac
)sh";

}  // namespace holdfast
