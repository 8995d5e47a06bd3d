#pragma once

#include <memory>
#include <vector>

#include "engine/apply/host_run.h"

namespace holdfast {

/// Takes the locks of all hosts of a run before its first change, and looks again under them.
/// First at all of them at once. Where another run is in the way all are given back, and taken in
/// one order that every controller keeps: of two runs that each held what the other wanted, one
/// gets all. While it waits (`ApplyOptions::lock_timeout`) it holds nothing.
/// @return for each run whether it takes part; where one is still locked none should.
std::vector<char> take_locks(const std::vector<std::unique_ptr<HostRun>>& runs,
                             const ApplyOptions& options);

/// HF6103 with who holds the host, as Begun::holder tells it.
Error held(const std::string& host, const std::string& holder);

/// Whether another run holds one of the hosts.
bool any_locked(const std::vector<std::unique_ptr<HostRun>>& runs);

}  // namespace holdfast
