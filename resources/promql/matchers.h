#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resources/promql/promql.h"

namespace holdfast {

/// What is surely wrong with a regular expression for RE2, or nullopt.
std::optional<std::string> regex_problem(std::string_view regex);
/// The texts that a regular expression matches, where it is no more than a choice of plain ones.
std::optional<std::vector<std::string>> plain_choices(std::string_view regex);

enum class Matches { No, Yes, Maybe };
/// Whether a label of that value, "" where there is no such label, passes.
Matches matches(const LabelMatcher& matcher, std::string_view value);
/// Whether a series that hasn't this label passes.
inline Matches matches_nothing(const LabelMatcher& matcher) { return matches(matcher, ""); }

}  // namespace holdfast
