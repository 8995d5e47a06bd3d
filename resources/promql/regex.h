#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// What is surely wrong with a regular expression for RE2, or nullopt.
std::optional<std::string> regex_problem(std::string_view regex);

}  // namespace holdfast
