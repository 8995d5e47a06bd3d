#pragma once

#include <memory>

#include "engine/apply/apply.h"
#include "engine/cli/options.h"

namespace holdfast {

/// Progress in the form that suits standard error: rewritten lines at a terminal, plain ones in a
/// log, none for --quiet and --json.
/// @param plan  Outlives it.
std::unique_ptr<Watcher> make_watcher(const Options& options, const Plan& plan);

}  // namespace holdfast
