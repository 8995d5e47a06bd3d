#pragma once

#include "engine/plan/plan.h"

namespace holdfast {

/// Marks the rows that --tags and --target leave in; a target brings what it rests on.
/// @errors HF5003, HF5004 with the nearest ones.
void select_rows(Plan& plan, const PlanOptions& options, Diagnostics& diagnostics);

}  // namespace holdfast
