#pragma once

#include <vector>

#include "engine/plan/plan.h"

namespace holdfast {

/// Refuses to remove what something needs that is there and stays. What goes in the same run needs
/// nothing any more. HF5016.
void refuse_needed(Plan& plan, const std::vector<HostInput>& inputs, const Registry& registry);

}  // namespace holdfast
