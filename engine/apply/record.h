#pragma once

#include <map>
#include <set>
#include <string>

#include "engine/plan/plan.h"

namespace holdfast {

/// The host's record before the first act: services that will start anew are marked "pending", so
/// that a crash between writing a file and the restart leaves the restart due. nullopt: nothing to
/// mark.
/// @param state  Gets those that it doesn't hold yet: nothing else would remember what is due.
std::optional<HostState> mark_pending(HostState& state, const Plan& plan,
                                      const std::vector<std::size_t>& rows);

/// Restarts that a run has left for later; none, and they are due.
struct LeftFor {
  std::string run{};                           ///< "" : nobody waits to do them.
  std::map<std::size_t, std::string> lives{};  ///< Of the services, under the lock.
};

/// The record after `done` rows of a host have been carried out or adopted.
HostState updated_state(HostState state, const Plan& plan, const std::set<std::size_t>& done,
                        const std::string& machine, const std::string& key,
                        const Registry& registry, const LeftFor& left = {});

}  // namespace holdfast
