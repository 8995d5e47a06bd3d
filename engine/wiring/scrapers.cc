#include <algorithm>

#include "engine/wiring/wiring.h"

namespace holdfast {

std::set<std::string> scrapers_of(const std::vector<std::string>& hosts, const Wiring& wiring) {
  std::set<std::string> machines, out;
  for (const std::string& host : hosts) machines.insert(wiring.machines.of(host));
  machines.erase("");
  for (const ScrapeJob& job : wiring.ends.jobs) {
    const bool one_of_them = std::find(hosts.begin(), hosts.end(), job.host) != hosts.end();
    if (one_of_them || machines.count(job.machine) > 0) continue;
    for (const AskedTarget& target : job.targets) {
      if (machines.count(wiring.machine(job, target)) > 0) out.insert(job.host);
    }
  }
  return out;
}

}  // namespace holdfast
