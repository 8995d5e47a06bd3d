#pragma once

#include <string_view>

namespace holdfast {

/// Fixed programs of sh for what no single tool of the host does. Names and values are their
/// arguments or standard input, never part of them.

/// NAME FLAGS…: useradd, with the group of that name if there is one, else a private one.
inline constexpr std::string_view kAddUser = R"sh(
name=$1; shift
if getent group -- "$name" >/dev/null; then
  exec useradd "$@" --gid "$name" --no-user-group -- "$name"
fi
exec useradd "$@" --user-group -- "$name"
)sh";

/// NAME HOME: what was there before an account is made, for kDropUser, beside kFindEntries.
inline constexpr std::string_view kBeforeUser = R"sh(
getent passwd -- "$1" >/dev/null && echo account
if entry=$(getent group -- "$1"); then entry=${entry#*:*:}; echo "group ${entry%%:*}"; fi
if [ -e "$2" ] || [ -L "$2" ]; then echo home; fi
exit 0
)sh";

/// NAME HOME: takes a new account back. Its home goes only if it was not there before and holds
/// nothing but the unchanged files that useradd put there, or as much of them as it came to.
/// Its files' entries: kForgetEntries, between the account and its home.
inline constexpr std::string_view kDropUser = R"sh(
name=$1 home=$2 account= group= had_home= member=1 files='shadow group gshadow subuid subgid'
while read -r what rest; do
  case $what in account) account=1 ;; group) group=$rest ;; home) had_home=1 ;; esac
done <"$HF_CAPTURE"
[ -z "$account" ] || exit 0
if entry=$(getent passwd -- "$name"); then
  entry=${entry#*:*:}; uid=${entry%%:*}
  userdel -- "$name" || exit
fi
if [ -n "$group" ] && ! getent group -- "$name" >/dev/null; then groupadd --gid "$group" -- "$name"; fi
)sh";
inline constexpr std::string_view kDropHome = R"sh(
[ -z "$had_home" ] || exit 0
cd -P -- "$home" 2>/dev/null && [ "$PWD" = "$home" ] || exit 0
owner=$(stat -c %u .)
[ -z "${uid-}" ] || [ "$owner" = "$uid" ] || [ "$owner" = 0 ] || exit 0
for skeleton in /etc/skel/* /etc/skel/.[!.]* /etc/skel/..?*; do
  file=./${skeleton##*/}
  [ -f "$skeleton" ] && [ -f "$file" ] && [ ! -L "$file" ] || continue
  if head -c "$(stat -c %s -- "$file")" -- "$skeleton" | cmp -s - "$file"; then rm -f -- "$file"; fi
done
cd /
rmdir -- "$home" 2>/dev/null || echo "$home is kept: it holds files of its own"
exit 0
)sh";

/// NAME: ends what runs as the account, then removes it. Its files stay.
inline constexpr std::string_view kDeleteUser = R"sh(
name=$1
entry=$(getent passwd -- "$name") || exit 0
entry=${entry#*:*:}; uid=${entry%%:*}
case $uid in ''|*[!0-9]*|0) echo "the account has no number of its own: '$uid'" >&2; exit 1 ;; esac
running() { find /proc -mindepth 1 -maxdepth 1 -name '[0-9]*' -uid "$uid" -printf '%f\n' 2>/dev/null; }
for signal in TERM TERM TERM KILL KILL; do
  pids=$(running)
  [ -n "$pids" ] || break
  kill -s "$signal" $pids 2>/dev/null
  sleep 0.3
done
exec userdel -- "$name"
)sh";

/// NAME UID GROUP GID HOME SHELL COMMENT GROUPS: makes a removed account again, its shadow entry
/// from the capture.
inline constexpr std::string_view kRestoreUser = R"sh(
name=$1 uid=$2 group=$3 gid=$4 home=$5 shell=$6 comment=$7 groups=$8
if ! getent passwd -- "$name" >/dev/null; then
  getent group -- "$group" >/dev/null || groupadd --gid "$gid" -- "$group" || exit
  useradd --no-create-home --no-user-group --uid "$uid" --gid "$group" --home-dir "$home" --shell "$shell" \
    --comment "$comment" -- "$name" || exit
fi
usermod --groups "$groups" -- "$name" || exit
IFS=: read -r _ hash changed min max warn inactive expires _ <"$HF_CAPTURE" || exit 0
printf '%s:%s\n' "$name" "$hash" | chpasswd --encrypted || exit
exec chage --lastday "${changed:--1}" --mindays "${min:--1}" --maxdays "${max:--1}" --warndays "${warn:--1}" \
  --inactive "${inactive:--1}" --expiredate "${expires:--1}" -- "$name"
)sh";

/// HOME UID GROUP: what in the home a change of the account's numbers (UID, GROUP; either may be
/// "") takes along and would not give back: what has a new number already, and setuid bits, which
/// go with the owner. A line each: inode, owner and group, mode.
inline constexpr std::string_view kBeforeNumbers = R"sh(
home=$1 uid=$2 gid=
[ -d "$home" ] && [ ! -L "$home" ] || exit 0
if [ -n "$3" ] && entry=$(getent group -- "$3"); then entry=${entry#*:*:}; gid=${entry%%:*}; fi
find "$home" -xdev \( ${uid:+-uid "$uid" -o} ${gid:+-gid "$gid" -o} -type f -perm /6000 \) -printf '%i %U:%G %m\n'
exit 0
)sh";

/// NAME HOME FLAGS…: gives the account its old numbers back, and what the capture lists its own.
/// Whoever works in the home meanwhile can exchange things there: links are never followed, and
/// modes are set with the account's rights alone.
inline constexpr std::string_view kRestoreNumbers = R"sh(
name=$1 home=$2; shift 2
getent passwd -- "$name" >/dev/null || exit 0
usermod "$@" -- "$name" || exit
while read -r inode owner mode; do
  find "$home" -xdev -inum "$inode" -execdir chown -h -- "$owner" {} +
  case $mode in
    ????) find "$home" -xdev -inum "$inode" -type f -user "$name" -exec runuser -u "$name" -- chmod "$mode" {} + ;;
  esac
done <"$HF_CAPTURE"
exit 0
)sh";

/// NAME: gives the password back that the capture holds, lock and date included.
inline constexpr std::string_view kRestorePassword = R"sh(
getent passwd -- "$1" >/dev/null || exit 0
IFS=: read -r _ hash changed _ <"$HF_CAPTURE" || exit 0
printf '%s:%s\n' "$1" "$hash" | chpasswd --encrypted || exit
exec chage --lastday "${changed:--1}" -- "$1"
)sh";

}  // namespace holdfast
