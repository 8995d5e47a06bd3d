#pragma once

#include <map>
#include <string>

#include "engine/plan/plan.h"

namespace holdfast {

/// Gives what was declared for the other names of a machine to its first name: one record, one lock
/// and one shell. What is declared alike through several names is declared once.
/// @param first_name  Of every name that isn't the first of its machine.
/// @errors in `diagnostics`: HF5007 two names want one thing otherwise, with both places.
void merge_names(Catalog& catalog, std::vector<HostInput>& inputs,
                 const std::map<std::string, std::string>& first_name, const Registry& registry,
                 Diagnostics& diagnostics);

}  // namespace holdfast
