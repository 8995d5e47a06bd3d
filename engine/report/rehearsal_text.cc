#include "engine/report/rehearsal_text.h"

#include <algorithm>
#include <map>

#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/counts.h"
#include "engine/report/ink.h"
#include "engine/report/progress.h"

namespace holdfast {
namespace {

std::string summary(const RehearsalReport& report) {
  int steps = 0;
  std::chrono::milliseconds took{0};
  std::vector<std::string> hosts;
  for (const HostRehearsal& host : report.hosts) {
    steps += host.steps;
    took = std::max(took, host.took);
    hosts.push_back(printable(host.host));
  }
  constexpr std::size_t kNamed = 3;
  const std::string where =
      hosts.size() > kNamed ? counted(hosts.size(), "host") : join(hosts, ", ");
  const std::string times = counted(static_cast<std::size_t>(steps), "step") + " on " + where;
  if (!report.sound()) return "Rehearsal: failed; nothing was changed.";
  if (steps == 0) return "Rehearsal: nothing of this can be rehearsed.";
  return "Rehearsal: " + times + " done and taken back in a copy, in " + shown_time(took) +
         "; all was as before.";
}

/// "package (4): why" for each kind and reason, in the order of the plan.
class NotDone {
 public:
  NotDone(const Plan& plan, const RehearsalReport& report) {
    for (const HostRehearsal& host : report.hosts) {
      for (const Unrehearsed& one : host.left_out) add(plan.declarations[one.row], one.reason);
    }
  }

  std::string text(bool every) const {
    std::string out;
    for (const Group& group : groups_) {
      out += "    " + printable(group.kind) + " (" + std::to_string(group.addresses.size()) +
             "): " + group.reason + "\n";
      if (!every) continue;
      for (const std::string& address : group.addresses) out += "      " + address + "\n";
    }
    return out;
  }

 private:
  struct Group {
    std::string kind, reason;
    std::vector<std::string> addresses;
  };

  void add(const Declaration& declaration, const std::string& reason) {
    auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& one) {
      return one.kind == declaration.resource.kind && one.reason == reason;
    });
    if (group == groups_.end()) {
      groups_.push_back({declaration.resource.kind, reason, {}});
      group = std::prev(groups_.end());
    }
    const std::string address = printable(declaration.host + " " + declaration.resource.address());
    auto& all = group->addresses;
    if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
  }

  std::vector<Group> groups_;
};

}  // namespace

std::string rehearsal_text(const Plan& plan, const RehearsalReport& report, bool every,
                           bool colour) {
  if (report.hosts.empty()) return {};
  const Ink ink(colour);
  std::string out = ink.bold(summary(report)) + "\n";
  if (const std::string left = NotDone(plan, report).text(every); !left.empty()) {
    out += "  not rehearsed:\n" + left;
  }
  for (const HostRehearsal& host : report.hosts) {
    for (const std::string& note : host.notes) {
      out += "  " + ink.yellow(printable(host.host + ": " + note)) + "\n";
    }
  }
  return ci_safe(out);
}

Diagnostics rehearsal_errors(const RehearsalReport& report) {
  Diagnostics out;
  for (const HostRehearsal& host : report.hosts) {
    if (host.error) {
      Error error = *host.error;
      error.trail.push_back("rehearsing on " + printable(host.host));
      out.error(std::move(error));
    }
    for (const Error& fault : host.faults) out.error(fault);
  }
  return out;
}

}  // namespace holdfast
