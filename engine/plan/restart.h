#pragma once

#include "engine/plan/plan.h"

namespace holdfast {

/// Settles for a service whether it must start anew: compares the digest of what it should have
/// started with (its own definition, what restart_on names) with what the record says it last
/// started with. Without a record, what changes in this plan decides. `row.change` must hold the
/// service's own diff; rows before it in the order must be complete.
void settle_restart(Plan& plan, std::size_t node, const Registry& registry);

/// Whether what an earlier run left for later has happened: the service is in another life than it
/// was then, whoever saw to that. Else the run that left it, while it is still waited for there.
void settle_left(Row& row, const HostPlan& host);

/// What a service that names `node` in `restart_on` starts with of it; "" of an unknown kind.
std::string watched_digest(const Plan& plan, std::size_t node, const Registry& registry);

}  // namespace holdfast
