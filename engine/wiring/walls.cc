#include <algorithm>

#include "engine/core/address.h"
#include "engine/core/text.h"
#include "engine/wiring/checks.h"

namespace holdfast {
namespace {

bool has_port(const Opening& opening, int port) {
  return opening.ports.empty() ||
         std::any_of(opening.ports.begin(), opening.ports.end(), [&](const PortRange& range) {
           return range.first <= port && port <= range.last;
         });
}

/// Whether a rule may let a server in.
bool may_let_in(const Opening& opening, const std::string& server, bool server_known) {
  if (opening.from.empty() || !server_known) return true;
  return in_network(server, opening.from) != Truth::No;
}

}  // namespace

void check_walls(const Wiring& wiring, Diagnostics& diagnostics) {
  for (const ScrapeJob& job : wiring.ends.jobs) {
    const std::string from = job.machine;
    for (const AskedTarget& target : job.targets) {
      const std::string machine = wiring.machine(job, target);
      // A host lets itself in.
      if (job.rewrites || machine.empty() || machine == from) continue;
      const auto wall = std::find_if(wiring.ends.walls.begin(), wiring.ends.walls.end(),
                                     [&](const Wall& w) { return w.machine == machine; });
      if (wall == wiring.ends.walls.end()) continue;
      const std::string& server = wiring.machines.address(from);
      const bool known = same_link(server, target.host);
      const Opening* near = nullptr;
      bool open = false;
      for (const Opening& opening : wiring.ends.openings) {
        if (opening.machine != machine || !has_port(opening, target.port)) continue;
        near = &opening;
        open = open || may_let_in(opening, server, known);
      }
      if (open) continue;
      const std::string what = near == nullptr
                                   ? "no rule of its firewall opens the port"
                                   : "its firewall opens the port for " + printable(near->from) +
                                         " only, not for " + printable(server);
      diagnostics.error(on_host(
          {.code = Code::TargetShut,
           .message = "scrape job '" + printable(job.name) + "' asks " + target_text(target) +
                      ", but " + what,
           .where = target.place(),
           .hint = "firewall_rule with allow: {port: " + std::to_string(target.port) +
                   "/tcp, from: " + printable(server) + "}",
           .notes = {{near == nullptr ? wall->place() : near->place(),
                      near == nullptr ? wall->who + " denies what no rule allows" : near->who}}},
          wall->host));
    }
  }
}

}  // namespace holdfast
