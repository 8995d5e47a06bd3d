#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// `label op "value"` of a query to Prometheus.
struct LabelMatcher {
  std::string label;
  std::string op;          ///< =, !=, =~ or !~.
  std::string value;       ///< Without its quotes and escapes.
  std::size_t offset = 0;  ///< Of the matcher, in its query.
  bool variable = false;   ///< Grafana puts something into the value.
};

/// The texts that a regular expression matches, where it is no more than a choice of plain ones.
std::optional<std::vector<std::string>> plain_choices(std::string_view regex);

/// A text that a regular expression matches; nullopt where it is too much to tell.
std::optional<std::string> regex_example(std::string_view regex);
/// Whether a name is another one, misspelt. Names that differ in their numbers are two names.
bool misspelt(std::string_view name, std::string_view meant);

enum class Matches { No, Yes, Maybe };
/// Whether a label of that value, "" where there is no such label, passes.
Matches matches(const LabelMatcher& matcher, std::string_view value);
/// Whether a series that hasn't this label passes.
inline Matches matches_nothing(const LabelMatcher& matcher) { return matches(matcher, ""); }

}  // namespace holdfast
