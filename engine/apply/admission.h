#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/observe/host.h"
#include "engine/plan/servers.h"

namespace holdfast {

/// Whether a run works on a row.
bool takes_part(const Plan& plan, std::size_t row);

/// What the host's own answer makes impossible, before anything is asked under the lock.
std::optional<Error> obstacle(const HostPlan& host);

/// Why nothing is done on a host where a run was cut off.
Error not_ended(const std::string& host, const std::string& run);

/// Why nothing is done on a host that is paused.
Error paused(const std::string& host, const Pause& pause);

/// What is seen under the lock and keeps a run from beginning.
struct Objection {
  Error error;
  std::optional<std::size_t> row{};  ///< That is not what the plan saw, or can't be seen.
};
/// @param faults  Of the servers that were asked.
/// @param cut_off  The run that this one goes on from, which is not in the way; "" : none.
std::optional<Objection> objection(const Plan& plan, const std::string& host,
                                   const std::vector<std::size_t>& rows, const Seen& seen,
                                   const Registry& registry, const ServerFaults& faults = {},
                                   const std::string& cut_off = {});

/// What somebody else's run took into the record since the plan: it is theirs now.
std::optional<Objection> taken_meanwhile(const Plan& plan, const std::string& host,
                                         const std::vector<std::size_t>& rows,
                                         const HostState& now);

/// A host's rows in the order of work: what closes a hole comes before the rest, with what it rests
/// on there.
struct Turns {
  std::vector<std::size_t> rows;
  /// What closes a hole and rests on no other change; all that does, with what it rests on.
  std::set<std::size_t> closes_alone{}, closes{};
};
Turns closing_first(const Plan& plan, std::vector<std::size_t> rows);

}  // namespace holdfast
