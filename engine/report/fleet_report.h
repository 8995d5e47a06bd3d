#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/history/entries.h"
#include "engine/report/exit_code.h"
#include "engine/report/ink.h"

namespace holdfast {

/// What a host is like, as far as the history knows. Best first.
enum class HostStand {
  Converged,
  Pending,
  Drifted,
  Stranger,  ///< Differs, and no record tells whose doing that is.
  Unknown,   ///< Looked at, and it could not be told.
  Unseen,    ///< Never looked at.
  Refused,
  Unreachable,
  Failed  ///< Its last run did not end well, and nothing has made it as wanted since.
};

struct HostReport {
  std::string host{};
  HostStand state = HostStand::Unseen;
  std::string since{};  ///< "" of one that was never seen.
  std::string seen{};   ///< When something was last known of it.
  std::optional<DriftEntry> look{};
  std::optional<RunEntry> run{};
};

/// What the newest look and the newest run say together; either may be none.
HostReport judge(const std::string& host, std::optional<DriftEntry> look,
                 std::optional<RunEntry> run);

/// All hosts of one project's environment.
struct FleetReport {
  std::string project{}, environment{};
  std::vector<HostReport> hosts{};
};

/// What `report --detailed-exitcode` ends with.
Exit exit_of(const std::vector<FleetReport>& fleets);

/// A line an environment, below it a line a host.
std::string fleet_text(const std::vector<FleetReport>& fleets, const Ink& ink);
std::string fleet_markdown(const std::vector<FleetReport>& fleets);
/// JUnit's XML, a suite an environment, a case a host: what can't be asked is an error, what was
/// never looked at is skipped, what else is not converged a failure.
std::string fleet_junit(const std::vector<FleetReport>& fleets);
/// docs/json.md
std::string fleet_json(const std::vector<FleetReport>& fleets);

}  // namespace holdfast
