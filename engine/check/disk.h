#pragma once

#include "engine/core/probe.h"
#include "engine/transport/shell.h"

namespace holdfast {

/// "70.1 GiB (28 %) free". @errors HF6006 less than it must be, or the path isn't there.
Result<std::string> ask_disk(const Probe::DiskFree& disk, Shell& shell, Deadline deadline);

/// What `stat -f` says, "FREE BLOCK_SIZE BLOCKS", against what is wanted.
Result<std::string> judge_disk(const Probe::DiskFree& disk, std::string_view said);

}  // namespace holdfast
