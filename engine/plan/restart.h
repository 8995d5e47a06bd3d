#pragma once

#include "engine/plan/plan.h"

namespace holdfast {

/// Settles for a service whether it must start anew: compares the digest of what it should have
/// started with (its own definition, what restart_on names) with what the record says it last
/// started with. Without a record, what changes in this plan decides. `row.change` must hold the
/// service's own diff; rows before it in the order must be complete.
void settle_restart(Plan& plan, std::size_t node, const Registry& registry);

/// What a service that names `node` in `restart_on` starts with of it; "" of an unknown kind.
std::string watched_digest(const Plan& plan, std::size_t node, const Registry& registry);

}  // namespace holdfast
