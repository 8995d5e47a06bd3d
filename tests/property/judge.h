#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace holdfast::property {

/// A line that only one of two snapshots has.
struct Difference {
  std::string section;  ///< "paths", "accounts" …
  std::string line;
  bool came = false;  ///< Else it went.
};

std::vector<Difference> differences(const std::string& before, const std::string& after);
std::string text_of(const std::vector<Difference>& all);

/// Whether a plan's rows (of `plan --json`) and what changed are the same: a line for each thing
/// that changed and no row named, and for each row after which nothing has changed.
std::vector<std::string> lies(const nlohmann::ordered_json& rows,
                              const std::vector<Difference>& changed);

}  // namespace holdfast::property
