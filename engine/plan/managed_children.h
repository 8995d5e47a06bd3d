#pragma once

#include "engine/plan/plan.h"

namespace holdfast {

/// Tells every resource that is a path which names below it are somebody's: what other declarations
/// of the host provide, those that go included, and what the host remembers of owners that this run
/// does not speak for. A purge spares them.
void set_managed_children(Plan& plan, const std::vector<Owner>& owners, const Registry& registry);

}  // namespace holdfast
