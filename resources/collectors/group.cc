#include <algorithm>

#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/accounts.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

constexpr std::string_view kGetGroups = R"sh(
  if command -v getent >/dev/null 2>&1; then
    getent group -- "$@" 2>/dev/null
    [ $? -lt 128 ] || return
  else
    cat /etc/group
  fi
  printf 'end\n'
)sh";

/// A group by its name: gid, members (a sorted list). Null where there is none.
class GroupCollector final : public Collector {
 public:
  std::string name() const override { return "group"; }
  std::string shell() const override { return std::string(kGetGroups); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::map<std::string, Value> groups;
    bool ended = false;
    for (const std::string_view line : lines(output)) {
      ended = line == "end";
      if (ended || line.empty()) continue;
      auto read = read_group_line(line);
      if (!read) return fail(unreadable_answer("group", line));
      std::sort(read->members.begin(), read->members.end());
      ValueMap group;
      group.set("gid", read->gid);
      group.set("members", ValueList(read->members.begin(), read->members.end()));
      groups.emplace(read->name, std::move(group));
    }
    if (!ended) return fail(unreadable_answer("group", "(cut short)"));
    std::vector<Value> out;
    for (const std::string& key : keys) {
      const auto found = groups.find(key);
      out.push_back(found == groups.end() ? Value{} : found->second);
    }
    return out;
  }
};

}  // namespace

std::optional<GroupLine> read_group_line(std::string_view line) {
  const std::vector<std::string_view> fields = split(line, ':');
  if (fields.size() != 4 || fields[0].empty()) return std::nullopt;
  const auto gid = read_number(fields[2]);
  if (!gid) return std::nullopt;
  GroupLine out{.name = std::string(fields[0]), .gid = *gid};
  for (const std::string_view member : split(fields[3], ',')) {
    if (!member.empty()) out.members.emplace_back(member);
  }
  return out;
}

std::unique_ptr<Collector> make_group_collector() { return std::make_unique<GroupCollector>(); }

}  // namespace holdfast
