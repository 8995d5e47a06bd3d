#pragma once

#include <vector>

#include "engine/cli/session.h"
#include "engine/history/entries.h"
#include "engine/report/plan_beside.h"

namespace holdfast {

/// What the history keeps of what servers have of hosts, so that it is found when a host is gone
/// that nobody retired. Nothing where no resource of the plan lives on a server.
/// @param outcome  How the run ended; nullptr: it is about to begin, or there is none.
std::vector<OnServersEntry> on_servers_of(const Plan& plan, const Registry& registry,
                                          const Doer& by, const Outcome* outcome);

/// Hosts that this environment's inventory no longer has and that servers still have something of.
/// Judged only by runs that look at the whole environment.
std::vector<GoneHost> gone_hosts(const Session& session, const Plan& plan);

/// What the history knows of a host, to be taken away; empty: nothing.
std::vector<Declaration> remembered_on_servers(const Session& session, const std::string& host);
/// It has nothing any more.
void forget_on_servers(const Session& session, const std::string& host);

}  // namespace holdfast
