#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/plan/plan.h"

namespace holdfast {

/// Whether what the run stands on matters: it works on this host itself, and some row would take a
/// unit down or end an account.
bool needs_footing(const Plan& plan, const HostPlan& host);

/// Takes out of the rows of a host what would end the run itself: a restart or a stop, with what
/// follows it in its resource, is left for later; what can't be left is refused. Checks that rest
/// on what is left are not asked. The loss of the network is called out.
void stand_on(Plan& plan, HostPlan& host, Footing footing);

/// Which hosts come after which: one that others are reached through after those, the one that the
/// run itself works on after all.
/// @param through  The jump hosts of each host, as hosts of the plan; its own name is no way.
void set_turns(Plan& plan, const std::map<std::string, std::vector<std::string>>& through);

}  // namespace holdfast
