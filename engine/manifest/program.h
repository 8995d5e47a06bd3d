#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// What a program on the controller prints, for `!command`: run without a shell in `folder`, its
/// standard input empty. At most 1 MiB, within `limit`; then it is killed.
/// @errors HF2016 with its status and the last line of its standard error, never its output.
Result<std::string> program_output(const std::vector<std::string>& argv, const std::string& folder,
                                   std::chrono::milliseconds limit);

}  // namespace holdfast
