#pragma once

#include <string_view>

namespace holdfast {

/// Fixed texts of sh about the files of accounts and groups, for what their tools leave of an
/// entry when they are killed: they write one file after the other.

/// FILE ARGUMENTS-OF-AWK…: what awk makes of /etc/FILE takes its place. Locked as passwd's own
/// tools lock it, and replaced whole. Fails where it isn't.
inline constexpr std::string_view kRewrite = R"sh(
lock() {
  tries=0
  until ln -- "/etc/$file.$$" "/etc/$file.lock" 2>/dev/null; do
    holder=$(cat "/etc/$file.lock" 2>/dev/null)
    case $holder in '' | *[!0-9]*) ;; *) kill -0 "$holder" 2>/dev/null || rm -f -- "/etc/$file.lock" ;; esac
    tries=$((tries + 1))
    [ $tries -lt 50 ] || return 1
    sleep 0.2
  done
}
rewrite() {
  file=$1; shift
  [ -f "/etc/$file" ] && [ ! -L "/etc/$file" ] || return 0
  umask 077
  echo $$ >"/etc/$file.$$" && lock && cp -a -- "/etc/$file" "/etc/$file.$$+" && awk -F : -v file="$file" "$@" "/etc/$file" >"/etc/$file.$$+" &&
    { cmp -s "/etc/$file" "/etc/$file.$$+" || { sync "/etc/$file.$$+" && mv -T -- "/etc/$file.$$+" "/etc/$file"; }; }
  failed=$?
  [ "$(cat "/etc/$file.lock" 2>/dev/null)" != $$ ] || rm -f -- "/etc/$file.lock"
  rm -f -- "/etc/$file.$$" "/etc/$file.$$+"
  return $failed
}
)sh";

/// NAME: in which files it has an entry, and of which groups it is a member. A line each: "entry
/// FILE", "member FILE GROUP".
inline constexpr std::string_view kFindEntries = R"sh(
name=$1 files=
for file in passwd shadow group gshadow subuid subgid; do [ ! -f "/etc/$file" ] || files="$files /etc/$file"; done
awk -F : -v name="$name" '
  FNR == 1 { file = FILENAME; sub(".*/", "", file) }
  $1 == name { print "entry " file }
  file ~ /^g/ && index("," $4 ",", "," name ",") { print "member " file " " $1 }' $files
)sh";

/// In the files $files nothing of $name is left but what kFindEntries found before, in $HF_CAPTURE;
/// with $member, in no list of members either. Needs kRewrite.
inline constexpr std::string_view kForgetEntries = R"sh(
command -v awk >/dev/null || files=
for file in $files; do
  rewrite "$file" -v name="$name" -v member="$member" '
    FILENAME != "/etc/" file { split($0, word, " "); if (word[2] == file) { if (word[1] == "entry") had = 1; else if (word[1] == "member") was[word[3]] = 1 }; next }
    $1 == name { found = 1; if (!had) next }
    member && file ~ /^g/ && !($1 in was) && index("," $4 ",", "," name ",") {
      count = split($4, members, ","); rest = ""
      for (i = 1; i <= count; i++) if (members[i] != name) rest = rest "," members[i]
      $0 = $1 ":" $2 ":" $3 ":" substr(rest, 2)
    }
    { print }
    END { if (file == "gshadow" && had && !found) print name ":!::" }' "$HF_CAPTURE" || exit
done
)sh";

/// NAME GID: makes a group that was removed. Needs kRewrite.
inline constexpr std::string_view kRestoreGroup = R"sh(
groupadd --force --gid "$2" -- "$1" || exit
command -v awk >/dev/null || exit 0
rewrite gshadow -v name="$1" '{ print } $1 == name { found = 1 } END { if (!found) print name ":!::" }'
)sh";

}  // namespace holdfast
