#pragma once

#include <string_view>
#include <vector>

#include "engine/plan/plan.h"

namespace holdfast {

/// Of the rows that one act did together: first the one that the failure's text names, the longest
/// name where it names several, so that the right line of the manifest is shown.
std::vector<std::size_t> blame(const Plan& plan, std::vector<std::size_t> rows,
                               std::string_view said);

}  // namespace holdfast
