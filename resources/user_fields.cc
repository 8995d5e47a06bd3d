#include "resources/user_fields.h"

#include <algorithm>
#include <string_view>

#include "engine/core/text.h"
#include "resources/account.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

/// A field of the account as passwd(5) and shadow(5) write it: `field NAME` prints it.
constexpr std::string_view kField = R"sh(
field() {
  case $1 in
    comment) getent passwd -- "$name" | cut -d : -f 5 ;;
    home) getent passwd -- "$name" | cut -d : -f 6 ;;
    shell) getent passwd -- "$name" | cut -d : -f 7 ;;
    expiredate) getent shadow -- "$name" | cut -d : -f 8 ;;
  esac
}
# LIST WORD: of words with commas before, between and behind them.
in_list() { case $1 in *",$2,"*) ;; *) return 1 ;; esac; }
groups() {
  all=,
  for group in $(getent group | awk -F : -v name="$name" 'index("," $4 ",", "," name ",") { print $1 }'); do all=$all$group,; done
}
)sh";

/// NAME, then a FIELD and a VALUE each: ends with 75 where one is no longer so. Of groups there may
/// be less than that.
constexpr std::string_view kSee = R"sh(
name=$1; shift
getent passwd -- "$name" >/dev/null || { echo "there is no account $name any more" >&2; exit 75; }
while [ $# -gt 0 ]; do
  if [ "$1" = groups ]; then
    groups
    IFS=,
    for group in ${all#,}; do in_list ",$2," "$group" || { echo "$name is in group $group since the plan" >&2; exit 75; }; done
    unset IFS
  else
    now=$(field "$1")
    [ "$now" = "$2" ] || { echo "$1 of $name is '$now' since the plan" >&2; exit 75; }
  fi
  shift 2
done
)sh";

/// NAME, then a FIELD, what was made of it, and what it was before, each; of groups those that it
/// came into, and those that it left.
constexpr std::string_view kRestore = R"sh(
name=$1 left=; shift
getent passwd -- "$name" >/dev/null || exit 0
count=$(($# / 3))
while [ $count -gt 0 ]; do
  what=$1 made=$2 was=$3; shift 3; count=$((count - 1))
  if [ "$what" = groups ]; then
    groups
    then=
    IFS=,
    for group in ${all#,}; do in_list ",$made," "$group" || then=$then,$group; done
    for group in $was; do
      if ! in_list "$then," "$group" && getent group -- "$group" >/dev/null; then then=$then,$group; fi
    done
    unset IFS
    set -- "$@" --groups "${then#,}"
    continue
  fi
  now=$(field "$what")
  if [ "$now" = "$made" ]; then set -- "$@" "--$what" "$was"
  elif [ "$now" != "$was" ]; then echo "$what of $name was changed by somebody else since; left as it is"; left=1; fi
done
[ $# = 0 ] || usermod "$@" -- "$name" || exit
[ -z "$left" ]
)sh";

constexpr const char* kFields[] = {"comment", "expires", "home", "shell"};

/// As passwd(5) and shadow(5) write it.
std::string written(const std::string& field, const Value& value) {
  if (field != "expires") return std::string(value.bytes());
  const auto days = days_of_date(value.bytes());
  return days ? std::to_string(*days) : "";
}

std::vector<std::string> list_of(const Value& value) {
  std::vector<std::string> out;
  if (!value.is_list()) return out;
  for (const Value& item : value.as_list()) out.emplace_back(item.bytes());
  return out;
}

/// Words of one that are not in the other.
std::string without(const std::vector<std::string>& words, const std::vector<std::string>& others) {
  std::vector<std::string> out;
  std::copy_if(words.begin(), words.end(), std::back_inserter(out), [&](const std::string& word) {
    return std::find(others.begin(), others.end(), word) == others.end();
  });
  return join(out, ",");
}

void append(Argv& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words);
}

}  // namespace

Run change_fields(const Resource& resource, const Change& change) {
  const std::string& name = resource.name;
  Argv flags, seen{name}, back{name};
  for (const std::string field : kFields) {
    const AttributeChange* one = change.find(field);
    if (one == nullptr) continue;
    const std::string option = field == "expires" ? "expiredate" : field;
    const std::string after = written(field, one->after), before = written(field, one->before);
    const bool date = !after.empty() && field == "expires";
    append(flags, {"--" + option, date ? std::string(one->after.bytes()) : after});
    append(seen, {option, before});
    append(back, {option, after, before});
  }
  if (const AttributeChange* one = change.find("groups")) {
    const std::vector<std::string> after = list_of(one->after);
    const std::vector<std::string> before = stated_list(*change.before, "all_groups");
    const bool append_only = stated_bool(resource.desired, "append_groups", false);
    if (append_only) flags.emplace_back("--append");
    append(flags, {"--groups", join(after, ",")});
    if (!append_only) append(seen, {"groups", join(before, ",")});
    append(back, {"groups", without(after, before), append_only ? "" : without(before, after)});
  }
  Run run;
  if (flags.empty()) return run;
  run.argv = {"usermod"};
  run.argv.insert(run.argv.end(), flags.begin(), flags.end());
  append(run.argv, {"--", name});
  run.capture = account_program(std::string(kField) + std::string(kSee), "see-account", seen);
  run.undo = taking_back(std::string(kField) + std::string(kRestore), "restore-account", back);
  return run;
}

}  // namespace holdfast
