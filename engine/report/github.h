#pragma once

#include <string>
#include <vector>

#include "engine/apply/apply.h"
#include "engine/core/error.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// Workflow commands that mark lines of files in a pull request: "::error file=…,line=…::…", one a
/// line. Values are escaped as GitHub asks, so none can begin another command. At most `most`, as
/// GitHub shows only ten of each sort.
std::string github_annotations(const Diagnostics& diagnostics, std::size_t most = 10);

/// Lines for the file that $GITHUB_OUTPUT names: changes=true, create=3, …, exit_code=2. Numbers
/// and truth values only: nothing that a manifest said.
std::string github_outputs(const Plan& plan, const Registry& registry);

/// The same of how a run ended: changed=7 resources; applied=2, rolled_back=0, half_done=0,
/// not_begun=0, unreachable=1 hosts.
std::string github_outputs(const Outcome& outcome);

/// Appends to a file that GitHub names in the environment. @errors HF1003.
Result<void> append_to_file(const std::string& path, const std::string& text);

}  // namespace holdfast
