#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// Whether a path is `folder`, or lies somewhere in it; links are taken as they are written. Both
/// absolute, without "." and "..".
bool lies_inside(const std::filesystem::path& path, const std::filesystem::path& folder);

/// What of these files and folders leads out of `top`, links resolved: for a project of strangers,
/// whose every file is read. Looks into folders, and beside an inventory file for its variables.
/// @errors HF2018, one for each path.
std::vector<Error> leading_out(const std::string& top, const std::vector<std::string>& paths);

}  // namespace holdfast
