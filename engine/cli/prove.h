#pragma once

#include "engine/cli/options.h"
#include "engine/core/kind.h"

namespace holdfast {

/// Shows of each alert that it can fire, and that it is quiet again, by `promtool test rules`.
int prove_command(const Options& options, const Registry& registry);

}  // namespace holdfast
