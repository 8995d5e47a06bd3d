#include "resources/account.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "resources/collectors/output.h"
#include "resources/path.h"

namespace holdfast {
namespace {

/// An account tool that was killed leaves locks and half-written copies of its files, which no
/// later one sweeps away. What belongs to one that still works stays, and so does what only looks
/// like them: in both kinds of locks stands the number of the process. FILE.PROCESS+ is our own
/// copy.
constexpr std::string_view kSweep = R"sh(
for file in passwd shadow group gshadow subuid subgid; do
  busy=
  for left in /etc/$file.lock /etc/$file.[0-9]*; do
    [ -f "$left" ] && [ ! -L "$left" ] || continue
    maker=$(tr -d '\000' <"$left") number=${left##*.}
    case $number in
      lock) ;;
      *+) maker=${number%+}; case $maker in *[!0-9]*) continue ;; esac ;;
      *[!0-9]*) continue ;;
      *) [ "${maker:-$number}" = "$number" ] || continue; maker=$number ;;
    esac
    if [ -n "$maker" ] && [ -e "/proc/$maker" ]; then busy=1; else rm -f -- "$left"; fi
  done
  [ -n "$busy" ] || rm -f -- "/etc/$file+"
done
)sh";

}  // namespace

std::string_view bad_account_name(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > 32) return "it is longer than 32 bytes";
  if (is_number(name)) return "it is a number, which would be taken for an id";
  if (name == "." || name == "..") return "it is the name of a folder";
  if (name.front() == '-' || name.front() == '+' || name.front() == '~') {
    return "it begins with '-', '+' or '~'";
  }
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == ':' || c == ',' || c == '/') {
      return "it holds a character other than printable ASCII without space, ':', ',' and '/'";
    }
  }
  return {};
}

std::optional<std::int64_t> days_of_date(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
  const auto year = read_number(date.substr(0, 4));
  const auto month = read_number(date.substr(5, 2));
  const auto day = read_number(date.substr(8, 2));
  if (!year || !month || !day || *month < 1 || *day < 1) return std::nullopt;
  const std::chrono::year_month_day whole{std::chrono::year(static_cast<int>(*year)),
                                          std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*day))};
  if (!whole.ok()) return std::nullopt;
  return std::chrono::sys_days(whole).time_since_epoch().count();
}

std::string date_of_days(std::int64_t days) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

Rehearsal account_rehearsal() {
  // They keep the version before the last one, a lock, and forget an account's last login.
  return {.leaves = {"/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-",
                     "/etc/subgid-", "/etc/.pwd.lock", "/var/log/lastlog", "/var/log/faillog"}};
}

std::vector<PhasedStep> rehearsed_as_accounts(std::vector<PhasedStep> steps) {
  for (PhasedStep& phased : steps) {
    if (Run* run = std::get_if<Run>(&phased.step)) run->rehearsal = account_rehearsal();
  }
  return steps;
}

Argv account_program(std::string_view text, const std::string& name, const Argv& words) {
  Argv argv{"sh", "-c", std::string(text), name};
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

Argv taking_back(std::string_view text, const std::string& name, const Argv& words) {
  return account_program(std::string(kSweep) + std::string(text), name, words);
}

Argv taking_back(const Argv& tool) {
  return taking_back("exec \"$0\" \"$@\"", tool.front(), Argv(tool.begin() + 1, tool.end()));
}

bool is_powerful_group(std::string_view group) {
  static constexpr std::string_view kGroups[] = {"root", "sudo",  "wheel", "admin", "docker",
                                                 "lxd",  "incus", "disk",  "shadow"};
  return std::find(std::begin(kGroups), std::end(kGroups), group) != std::end(kGroups);
}

}  // namespace holdfast
