#pragma once

#include "engine/cli/session.h"

namespace holdfast {

/// Why a plan may not be carried out, whoever agrees.
Diagnostics refusals(const Options& options, const Plan& plan);

/// Carries a plan out that somebody has agreed to, and tells how it ended. @return the exit code.
int carry_out(Session& session, const Plan& plan);

}  // namespace holdfast
