#include "engine/apply/back_order.h"

#include <algorithm>
#include <iterator>

#include "engine/apply/admission.h"

namespace holdfast {
namespace {

/// Something is to be taken back of it.
bool leaves_something(const Plan& plan, std::size_t row) {
  return takes_part(plan, row) && plan.rows[row].changes() && !plan.rows[row].only_asks();
}

}  // namespace

std::vector<std::string> hosts_before(const Plan& plan, const std::set<std::size_t>& rows) {
  std::set<std::string> hosts, own;
  std::vector<std::size_t> open;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(open),
               [&](std::size_t row) { return leaves_something(plan, row); });
  for (const std::size_t row : rows) own.insert(plan.declarations[row].host);
  std::vector<char> seen(plan.rows.size(), 0);
  while (!open.empty()) {
    const std::size_t row = open.back();
    open.pop_back();
    for (const std::size_t before : plan.graph.before(row)) {
      if (seen[before] != 0) continue;
      seen[before] = 1;
      open.push_back(before);
      if (leaves_something(plan, before)) hosts.insert(plan.declarations[before].host);
    }
  }
  std::vector<std::string> out;
  std::set_difference(hosts.begin(), hosts.end(), own.begin(), own.end(), std::back_inserter(out));
  return out;
}

HostOrder back_order(const Plan& plan, const std::map<std::string, std::set<std::size_t>>& begun) {
  HostOrder out;
  for (const HostPlan& host : plan.hosts) {
    for (const std::string& first : host.after) out.put_after(host.host, first);
  }
  for (const auto& [host, rows] : begun) {
    for (const std::string& other : hosts_before(plan, rows)) out.put_after(other, host);
  }
  return out;
}

HostOrder back_order(HostOrder ways, const std::map<std::string, std::vector<RunMeta>>& runs) {
  // A host may have had another name in the run.
  std::map<std::pair<std::string, std::string>, std::string> named;
  for (const auto& [host, all] : runs) {
    for (const RunMeta& run : all) named[{run.id, run.host}] = host;
  }
  for (const auto& [host, all] : runs) {
    for (const RunMeta& run : all) {
      for (const std::string& other : run.after) {
        const auto found = named.find({run.id, other});
        if (found != named.end()) ways.put_after(found->second, host);
      }
    }
  }
  return ways;
}

}  // namespace holdfast
