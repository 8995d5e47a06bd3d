#pragma once

#include <functional>

#include "engine/apply/apply.h"

namespace holdfast {

struct Rewritten {
  std::vector<std::string> objects;  ///< None: nothing was written.
  HostOutcome outcome{};
};

/// Changes a host's record and nothing else, as a run of its own: under the lock, refused while
/// another run is open.
/// @param change  Gets the record as it is under the lock; says which objects it changed.
Result<Rewritten> rewrite_record(Runner& runner, RunMeta meta,
                                 const std::function<std::vector<std::string>(HostState&)>& change);

}  // namespace holdfast
