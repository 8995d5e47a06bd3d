#pragma once

#include "engine/plan/plan.h"

namespace holdfast {

/// Says which of --tags and --target name nothing. @errors HF5003, HF5004 with the nearest ones.
void check_choice(const std::vector<Declaration>& declarations, const PlanOptions& options,
                  Diagnostics& diagnostics);

/// Marks the rows that --tags and --target leave in; a target brings what it rests on.
/// @errors as check_choice.
void select_rows(Plan& plan, const PlanOptions& options, Diagnostics& diagnostics);

}  // namespace holdfast
