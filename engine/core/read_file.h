#pragma once

#include <cstddef>
#include <string>

#include "engine/core/error.h"

namespace holdfast {

/// The bytes of a regular file (after links), whatever they are. A FIFO or a device is refused
/// without blocking, a file over `limit` bytes without being read.
/// @errors HF1002 it can't be read or isn't a regular file; HF1004 it is larger than `limit`.
Result<std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace holdfast
