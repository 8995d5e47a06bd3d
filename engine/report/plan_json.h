#pragma once

#include <string>

#include "engine/plan/plan.h"
#include "engine/report/plan_beside.h"

namespace holdfast {

/// A plan as docs/json.md describes it, indented.
std::string plan_json(const Plan& plan, const Registry& registry, const PlanBeside& beside = {});
/// The same on one line, as the first event of a run.
std::string plan_event(const Plan& plan, const Registry& registry, const PlanBeside& beside = {});

}  // namespace holdfast
