#pragma once

#include <string>

#include "engine/apply/rehearsal.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// A plan as docs/json.md describes it, indented. @param rehearsal  None: there was none.
std::string plan_json(const Plan& plan, const Registry& registry,
                      const RehearsalReport* rehearsal = nullptr);
/// The same on one line, as the first event of a run.
std::string plan_event(const Plan& plan, const Registry& registry);

}  // namespace holdfast
