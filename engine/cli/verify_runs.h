#pragma once

#include "engine/cli/session.h"

namespace holdfast {

/// `runs --verify`: recomputes each host's chain of runs and compares it with what the history
/// knows; with --accept the history begins anew with what the hosts show. The session is connected.
int verify_runs(Session& session);

}  // namespace holdfast
