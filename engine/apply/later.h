#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/apply/runner.h"

namespace holdfast {

/// What these rows of a host leave for later. @param lives  Of their services, by row.
Later later_of(const Plan& plan, const std::vector<std::size_t>& rows,
               const std::map<std::size_t, std::string>& lives, const Registry& registry,
               Numbering& numbering);

/// Earlier runs that left something for services that these rows start anew, now or later.
std::set<std::string> superseded(const Plan& plan, const std::set<std::size_t>& rows);

/// Adds the units that steps, or what takes them back, take down; each once.
void note_stops(const std::vector<PhasedStep>& steps, std::vector<std::string>& units);

}  // namespace holdfast
