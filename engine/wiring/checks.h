#pragma once

#include <memory>
#include <vector>

#include "engine/core/error.h"
#include "engine/wiring/ends.h"
#include "engine/wiring/machines.h"

namespace holdfast {

/// All that is stated in a run, and where.
struct Wiring {
  Ends ends;
  Machines machines;
  /// Resources without their secrets, in whose place ends speak of these: what they say is printed.
  std::vector<std::shared_ptr<const Resource>> shown{};

  /// Of a target of a job; "" where it isn't known.
  std::string machine(const ScrapeJob& job, const AskedTarget& target) const {
    return machines.at(target.host, job.machine);
  }
  /// What listens where a target says; nullptr where nobody is known to.
  const Listener* listener(const ScrapeJob& job, const AskedTarget& target) const;
};

/// Targets that nobody answers, or that are asked twice, and labels that are overridden.
void check_targets(const Wiring& wiring, Diagnostics& diagnostics);
/// Targets that a firewall hides.
void check_walls(const Wiring& wiring, Diagnostics& diagnostics);
/// Metrics and labels that queries ask for.
void check_metrics(const Wiring& wiring, Diagnostics& diagnostics);
/// Receivers that routes name.
void check_receivers(const Wiring& wiring, Diagnostics& diagnostics);
/// Alerts that a route takes but for a slip of the pen.
void check_routes(const Wiring& wiring, Diagnostics& diagnostics);
/// Paths that sandboxes hide.
void check_sandboxes(const Wiring& wiring, Diagnostics& diagnostics);
/// Units that nothing makes.
void check_units(const Wiring& wiring, Diagnostics& diagnostics);
/// What two resources decide over.
void check_soles(const Wiring& wiring, Diagnostics& diagnostics);

/// "h1:9101".
std::string target_text(const AskedTarget& target);

}  // namespace holdfast
