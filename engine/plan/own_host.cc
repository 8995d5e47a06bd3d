#include "engine/plan/own_host.h"

#include <algorithm>
#include <functional>
#include <set>

#include "engine/core/text.h"
#include "engine/graph/host_order.h"

namespace holdfast {
namespace {

const Run* program(const PhasedStep& phased) { return std::get_if<Run>(&phased.step); }

bool meets(const Argv& units, const std::set<std::string>& others) {
  return std::any_of(units.begin(), units.end(),
                     [&](const std::string& unit) { return others.count(unit) > 0; });
}

bool matters(const Plan& plan, std::size_t row) {
  return plan.rows[row].changes() && !plan.declarations[row].audit && !plan.rows[row].refused &&
         !plan.rows[row].unknown;
}

/// A program that waits on the host needs nothing but its argv: no input that may be secret, no
/// look at what is there when the run itself acts.
bool can_wait(const PhasedStep& phased) {
  const Run* run = program(phased);
  return run != nullptr && run->input.is_null() && run->capture.empty();
}

/// The rows of the host that the run works on.
class OwnHost {
 public:
  OwnHost(Plan& plan, HostPlan& host) : plan_(plan), host_(host), footing_(*host.footing) {}

  void settle() {
    for (const std::size_t row : plan_.rows_of(host_.host)) {
      if (matters(plan_, row)) settle(row);
    }
    leave_checks_out();
  }

 private:
  void settle(std::size_t index) {
    Row& row = plan_.rows[index];
    bool network = false;
    for (const PhasedStep& phased : row.steps) {
      const Run* run = program(phased);
      if (run == nullptr) continue;
      network =
          network || meets(run->stops, footing_.network) || meets(run->restarts, footing_.network);
      if (footing_.accounts.count(run->ends_account) > 0) {
        return refuse(index, "this run works as " + printable(run->ends_account) + " there");
      }
      if (meets(run->stops, footing_.units)) return refuse(index, where_it_works());
    }
    const auto first = std::find_if(row.steps.begin(), row.steps.end(), [&](const auto& phased) {
      return program(phased) != nullptr && meets(program(phased)->restarts, footing_.units);
    });
    if (network) {
      row.effects.brings.emplace_back(
          "takes down the network of the machine that this run works on");
    }
    if (first == row.steps.end()) return mind_way_back(index);
    if (!std::all_of(first, row.steps.end(), can_wait)) return refuse(index, where_it_works());
    row.later.assign(first, row.steps.end());
    row.steps.erase(first, row.steps.end());
    mind_way_back(index);
  }

  /// What fails later takes this back, and the run works on.
  void mind_way_back(std::size_t index) {
    for (const PhasedStep& phased : plan_.rows[index].steps) {
      const Run* run = program(phased);
      if (run == nullptr || !meets(run->undo_stops, footing_.units)) continue;
      return refuse(index, where_it_works() + ", which its undo would stop");
    }
  }

  std::string where_it_works() const {
    return "this run works in " + printable(footing_.unit.empty() ? "it" : footing_.unit);
  }

  void refuse(std::size_t index, const std::string& why) {
    const Resource& resource = plan_.declarations[index].resource;
    plan_.rows[index].refused = Error{.code = Code::EndsItself,
                                      .message = printable(host_.host + " " + resource.address()) +
                                                 " would end the run itself: " + why,
                                      .where = resource.where,
                                      .hint = "run it from another machine"};
  }

  void leave_checks_out() {
    std::vector<char> rests(plan_.rows.size(), 0);
    for (const std::size_t row : plan_.graph.order()) {
      const auto& before = plan_.graph.before(row);
      rests[row] = std::any_of(before.begin(), before.end(), [&](std::size_t other) {
        return rests[other] != 0 || !plan_.rows[other].later.empty();
      });
      if (rests[row] == 0 || !matters(plan_, row) || !plan_.rows[row].only_asks()) continue;
      plan_.rows[row].unasked = true;
    }
  }

  Plan& plan_;
  HostPlan& host_;
  const Footing& footing_;
};

/// Rows of a late host that hosts before it rest on can't wait for those.
void find_early(Plan& plan, const HostPlan& late) {
  const auto before_it = [&](const std::string& name) {
    return std::find(late.after.begin(), late.after.end(), name) != late.after.end();
  };
  std::vector<char> needed(plan.rows.size(), 0);
  const auto& order = plan.graph.order();
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    if (!matters(plan, *node)) continue;
    const std::string& host = plan.declarations[*node].host;
    if (needed[*node] == 0 && !before_it(host)) continue;
    if (host == late.host) plan.rows[*node].early = true;
    for (const std::size_t other : plan.graph.before(*node)) needed[other] = 1;
  }
}

}  // namespace

bool needs_footing(const Plan& plan, const HostPlan& host) {
  if (!host.own || host.own->id.empty() || host.unreachable) return false;
  const auto rows = plan.rows_of(host.host);
  return std::any_of(rows.begin(), rows.end(), [&](std::size_t row) {
    const auto& steps = plan.rows[row].steps;
    return matters(plan, row) && std::any_of(steps.begin(), steps.end(), [](const auto& phased) {
             const Run* run = program(phased);
             return run != nullptr && (!run->restarts.empty() || !run->stops.empty() ||
                                       !run->undo_stops.empty() || !run->ends_account.empty());
           });
  });
}

void stand_on(Plan& plan, HostPlan& host, Footing footing) {
  host.footing = std::move(footing);
  OwnHost(plan, host).settle();
}

void set_turns(Plan& plan, const std::map<std::string, std::vector<std::string>>& through) {
  HostOrder order;
  const auto put_after = [&](HostPlan& late, const std::string& first) {
    const HostPlan* other = plan.host(first);
    if (other != nullptr && order.put_after(late.host, other->host)) late.after.push_back(first);
  };
  for (const auto& [name, jumps] : through) {
    for (const std::string& jump : jumps) {
      HostPlan* host = plan.host(jump);
      if (host == nullptr || jump == name) continue;
      host->behind.push_back(name);
      put_after(*host, name);
    }
  }
  for (HostPlan& host : plan.hosts) {
    if (!host.own) continue;
    for (const HostPlan& other : plan.hosts) {
      if (!other.own) put_after(host, other.host);
    }
  }
  for (const HostPlan& host : plan.hosts) {
    if (!host.after.empty()) find_early(plan, host);
  }
}

}  // namespace holdfast
