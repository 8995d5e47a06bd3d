#pragma once

#include <string>
#include <vector>

#include "engine/manifest/project.h"

namespace holdfast {

/// What a project would do on the controller, a line each, as a person reads it before trusting:
/// programs of `!command`, files of `!file` that lie outside it, programs that are inventories.
/// Sorted, each once. Places are left out: moving a line is no reason to ask again.
/// @param files      Manifests, modules and inventory files (YAML; what isn't is passed over), from
///                   the project's folder.
/// @param inventory  Its path: a file, or a folder.
std::vector<std::string> trust_list(const Project& project, const std::vector<std::string>& files,
                                    const std::string& inventory);

}  // namespace holdfast
