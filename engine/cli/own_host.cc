#include "engine/cli/own_host.h"

#include <algorithm>

#include "engine/core/parallel.h"
#include "engine/plan/own_host.h"

namespace holdfast {
namespace {

Deadline deadline(const Options& options) {
  return Clock::now() + std::chrono::seconds(options.timeout);
}

/// The jump hosts of each host, by their names in this run.
std::map<std::string, std::vector<std::string>> ways(const std::vector<SessionHost>& hosts) {
  std::map<std::string, std::vector<std::string>> out;
  for (const SessionHost& host : hosts) {
    if (!host.host) continue;
    const std::vector<std::string>& through = host.host->peer().through;
    if (through.empty()) continue;
    for (const SessionHost& other : hosts) {
      if (!other.host) continue;
      const Peer& peer = other.host->peer();
      const bool on_the_way =
          std::any_of(through.begin(), through.end(), [&](const std::string& known_by) {
            return known_by == peer.address || (!known_by.empty() && known_by == peer.host_key);
          });
      if (on_the_way) out[host.name].push_back(other.name);
    }
  }
  return out;
}

/// Where its process is seen, it is: another host with the same ids is a copy.
void forget_copies(std::vector<HostPlan>& hosts) {
  const bool seen = std::any_of(hosts.begin(), hosts.end(), [](const HostPlan& host) {
    return host.own && !host.own->id.empty();
  });
  for (HostPlan& host : hosts) {
    if (seen && host.own && host.own->id.empty()) host.own.reset();
  }
}

/// What the hosts of a run without a plan say of this program.
Result<void> look(SessionHost& host, HostPlan& out, const Options& options) {
  if (!host.host) return {};
  const auto seen = host.host->observe({}, deadline(options));
  // What is wrong there the rollback itself tells.
  if (!seen) return {};
  out.machine_id = seen->machine_id;
  if (!seen->own) return {};
  out.own = seen->own;
  if (out.own->id.empty()) return {};
  HF_TRY(out.footing, host.host->footing(*out.own, options.under, deadline(options)));
  return {};
}

}  // namespace

void mind_own_host(Plan& plan, std::vector<SessionHost>& hosts, const Options& options,
                   Diagnostics& diagnostics) {
  forget_copies(plan.hosts);
  for (SessionHost& host : hosts) {
    HostPlan* planned = plan.host(host.name);
    if (!host.host || planned == nullptr || !needs_footing(plan, *planned)) continue;
    auto footing = host.host->footing(*planned->own, options.under, deadline(options));
    if (footing) {
      stand_on(plan, *planned, std::move(*footing));
    } else {
      diagnostics.error(std::move(footing.error()));
    }
  }
  set_turns(plan, ways(hosts));
}

void mind_own_host(RollbackOptions& rollback, Session& session, Diagnostics& diagnostics) {
  std::vector<SessionHost>& hosts = session.hosts();
  Plan plan;
  plan.hosts.resize(hosts.size());
  std::vector<Result<void>> looked(hosts.size());
  parallel_for(hosts.size(), session.parallel(), [&](std::size_t i) {
    plan.hosts[i].host = hosts[i].name;
    looked[i] = look(hosts[i], plan.hosts[i], session.options());
  });
  for (auto& one : looked) {
    if (!one) diagnostics.error(std::move(one.error()));
  }
  forget_copies(plan.hosts);
  set_turns(plan, ways(hosts));
  for (HostPlan& host : plan.hosts) {
    rollback.machines[host.host] = host.machine_id;
    if (host.footing) rollback.stands_on[host.host] = std::move(host.footing->units);
    for (const std::string& first : host.after) rollback.ways.put_after(host.host, first);
  }
}

}  // namespace holdfast
