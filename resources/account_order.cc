#include "resources/account_order.h"

#include <string_view>

#include "resources/account.h"
#include "resources/account_files.h"

namespace holdfast {
namespace {

/// What stands where; no word of passwords but how there is none. "= FILE", and a line an entry.
constexpr std::string_view kCapture = R"sh(
for file in passwd shadow group gshadow subuid subgid; do
  [ -f "/etc/$file" ] || continue
  echo "= $file"
  case $file in
    passwd | shadow) cut -d : -f 1 "/etc/$file" ;;
    group) cut -d : -f 1,4 "/etc/$file" ;;
    gshadow) while IFS=: read -r name word _ members; do
      case $word in '' | '*' | '!') ;; *) word=- ;; esac
      echo "$name:$members:$word"
    done </etc/gshadow ;;
    *) cat "/etc/$file" ;;
  esac
done
)sh";

/// ACCOUNT GROUP: what somebody else added since comes behind, what somebody took away stays away.
constexpr std::string_view kRestore = R"sh(
command -v awk >/dev/null || exit 0
there=
if [ -n "$1" ] && getent passwd -- "$1" >/dev/null; then there=$1; fi
for file in passwd shadow group gshadow subuid subgid; do
  rewrite "$file" -v account="$there" -v group="$2" '
    function in_order(line, was,   fields, entry, now, old, i, n, known) {
      sub(/\n$/, "", line)
      split(line, fields, ":")
      split(was, entry, ":")
      if (file == "gshadow" && entry[1] == group && fields[2] ~ /^[*!]?$/ && entry[3] ~ /^[*!]?$/) fields[2] = entry[3]
      n = split(fields[4], now, ",")
      if (n == split(entry[2], old, ",")) {
        for (i = 1; i <= n; i++) known[now[i]] = 1
        for (i = 1; i <= n; i++) if (!(old[i] in known)) n = -1
        if (n >= 0) fields[4] = entry[2]
      }
      return fields[1] ":" fields[2] ":" fields[3] ":" fields[4]
    }
    FILENAME != "/etc/" file { if (/^= /) here = ($0 == "= " file); else if (here) { lines[++count] = $0; if ($1 == account) own[$2] = 1 }; next }
    { if (!($1 in now)) names[++all] = $1; now[$1] = now[$1] $0 "\n"; if ($1 != account && ($2 in own)) taken = 1 }
    END {
      ranges = file ~ /^sub/ && account != "" && !taken
      for (i = 1; i <= count; i++) {
        name = lines[i]
        sub(/:.*/, "", name)
        if (ranges && name == account) { print lines[i]; done[name] = 1; continue }
        if ((name in done) || !(name in now)) continue
        done[name] = 1
        if (file ~ /^g/) print in_order(now[name], lines[i]); else printf "%s", now[name]
      }
      for (i = 1; i <= all; i++) if (!(names[i] in done)) printf "%s", now[names[i]]
    }' "$HF_CAPTURE" || echo "the order of /etc/$file is not as it was"
done
exit 0
)sh";

}  // namespace

Run keep_account_order(const std::string& account, const std::string& group) {
  Run run;
  run.argv = {"true"};
  run.capture = account_program(kCapture, "account-order", {account, group});
  run.undo =
      taking_back(std::string(kRewrite) + std::string(kRestore), "account-order", {account, group});
  run.note = "remember the order of accounts";
  return run;
}

}  // namespace holdfast
