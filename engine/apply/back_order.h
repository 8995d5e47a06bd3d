#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/graph/host_order.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// Hosts whose changes come before those of `rows`, which are another host's; also by way of what
/// does not change.
std::vector<std::string> hosts_before(const Plan& plan, const std::set<std::size_t>& rows);

/// The order in which hosts go back together: the graph reversed, as far as the ways to them allow.
/// @param begun  By host: the rows that were begun there.
HostOrder back_order(const Plan& plan, const std::map<std::string, std::set<std::size_t>>& begun);
/// The same of finished runs, by what hosts remember of them.
/// @param ways  Which hosts come after which because others are reached through them.
/// @param runs  By host: those that it takes back.
HostOrder back_order(HostOrder ways, const std::map<std::string, std::vector<RunMeta>>& runs);

}  // namespace holdfast
