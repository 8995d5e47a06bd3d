#include <algorithm>

#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/accounts.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// The accounts asked for, then all groups: which of them list an account can't be asked by account.
constexpr std::string_view kGetAccounts = R"sh(
  if command -v getent >/dev/null 2>&1; then
    getent passwd -- "$@" 2>/dev/null
    [ $? -lt 128 ] || return
    printf 'groups\n'
    getent group
    [ $? -lt 128 ] || return
  else
    cat /etc/passwd
    printf 'groups\n'
    cat /etc/group
  fi
  printf 'end\n'
)sh";

struct Account {
  std::int64_t uid = 0, gid = 0;
  std::string comment, home, shell;
};

std::optional<std::pair<std::string, Account>> read_account(std::string_view line) {
  const std::vector<std::string_view> fields = split(line, ':');
  if (fields.size() != 7) return std::nullopt;
  const auto uid = read_number(fields[2]);
  const auto gid = read_number(fields[3]);
  if (!uid || !gid) return std::nullopt;
  return std::pair(std::string(fields[0]), Account{*uid, *gid, std::string(fields[4]),
                                                   std::string(fields[5]), std::string(fields[6])});
}

/// An account by its name: uid, gid, group (name of the primary one, or its number), groups (the
/// others, a sorted list), comment, home, shell. Null where there is none.
class PasswdCollector final : public Collector {
 public:
  std::string name() const override { return "passwd"; }
  std::string shell() const override { return std::string(kGetAccounts); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::map<std::string, Account> accounts;
    std::vector<GroupLine> groups;
    bool in_groups = false;
    bool ended = false;
    for (const std::string_view line : lines(output)) {
      ended = line == "end";
      if (ended || line.empty()) continue;
      if (line == "groups") {
        in_groups = true;
      } else if (in_groups) {
        auto group = read_group_line(line);
        if (!group) return fail(unreadable_answer("passwd", line));
        groups.push_back(std::move(*group));
      } else {
        auto account = read_account(line);
        if (!account) return fail(unreadable_answer("passwd", line));
        accounts.insert(std::move(*account));
      }
    }
    if (!ended) return fail(unreadable_answer("passwd", "(cut short)"));
    std::vector<Value> out;
    for (const std::string& key : keys) {
      const auto found = accounts.find(key);
      out.push_back(found == accounts.end() ? Value{} : answer(key, found->second, groups));
    }
    return out;
  }

 private:
  static Value answer(const std::string& name, const Account& account,
                      const std::vector<GroupLine>& groups) {
    std::string primary = std::to_string(account.gid);
    std::vector<std::string> others;
    for (const GroupLine& group : groups) {
      if (group.gid == account.gid) primary = group.name;
      if (std::find(group.members.begin(), group.members.end(), name) != group.members.end()) {
        others.push_back(group.name);
      }
    }
    std::sort(others.begin(), others.end());
    ValueMap out;
    out.set("uid", account.uid);
    out.set("gid", account.gid);
    out.set("group", primary);
    out.set("groups", ValueList(others.begin(), others.end()));
    out.set("comment", account.comment);
    out.set("home", account.home);
    out.set("shell", account.shell);
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_passwd_collector() { return std::make_unique<PasswdCollector>(); }

}  // namespace holdfast
