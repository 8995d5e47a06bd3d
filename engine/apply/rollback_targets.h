#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/apply/rollback.h"

namespace holdfast {

/// All that a host remembers. @errors also where one record can't be read.
Result<std::vector<RunMeta>> runs_of(Runner& runner);

/// The one that has not ended, where it is itself a rollback.
std::optional<RunMeta> open_rollback(const std::vector<RunMeta>& runs, const std::string& open);

/// The run that a host takes back, and before it, latest first, those that stand on it. Empty:
/// there is nothing to take back. Of a rollback that was cut off, what it had still to take back;
/// of an apply that was cut off, after it, those that it went on from.
/// @param runs  All that the host remembers, the oldest first.
/// @param open  The one that has not ended there, or "".
/// @errors HF6104 another run has not ended; HF6106 a later run stands on it.
Result<std::vector<RunMeta>> rollback_targets(const std::vector<RunMeta>& runs,
                                              const std::string& open,
                                              const RollbackOptions& options);

/// What hosts remember before any is locked; each chooses its runs anew once it is.
struct Foresight {
  HostOrder order;                   ///< Which hosts take back after which.
  std::set<std::string> bystanders;  ///< There is nothing to take back on them.
};

Foresight foresee(const std::map<std::string, Runner*>& runners, const RollbackOptions& options);

}  // namespace holdfast
