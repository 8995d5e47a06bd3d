#pragma once

#include <string>

#include "engine/apply/runner.h"

namespace holdfast {

/// What the host remembers of a run. @errors HF6101 nothing that can be read.
Result<RunMeta> remembered_run(Runner& runner, const std::string& id, Deadline deadline);

/// The run as it ends where another one goes on from it: its undo stays for a rollback.
/// @param state  Gets what the run made.
StoppedRun as_stopped(RunMeta run, HostState& state, Ender by);

/// Ends a run that was cut off once nothing more was to be done.
/// @param id  The run as it was seen; where another one is open by now that is HF6104.
/// @param by  Who does. @return whether it was still open. @errors HF6103 locked.
Result<bool> stop_open_run(Runner& runner, const std::string& host, const std::string& id,
                           const RunMeta& by);

}  // namespace holdfast
