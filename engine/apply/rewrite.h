#pragma once

#include <functional>

#include "engine/apply/runner.h"
#include "engine/journal/state.h"

namespace holdfast {

/// Changes a host's record and nothing else, as a run of its own: under the lock, refused while
/// another run is open.
/// @param change  Gets the record as it is under the lock; says which objects it changed.
/// @return the changed objects; none: nothing was written.
Result<std::vector<std::string>> rewrite_record(
    Runner& runner, RunMeta meta,
    const std::function<std::vector<std::string>(HostState&)>& change);

}  // namespace holdfast
