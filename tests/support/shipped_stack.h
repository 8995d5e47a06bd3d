#pragma once

#include <map>
#include <string>
#include <vector>

namespace holdfast {

/// The shipped manifests for runners and what watches them, by their paths in a project, and a
/// small fleet that uses them.
const std::map<std::string, std::string>& shipped_stack();
/// Those of them that are named on the command line.
const std::vector<std::string>& shipped_manifests();

}  // namespace holdfast
