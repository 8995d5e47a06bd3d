#pragma once

#include "engine/apply/rollback.h"
#include "engine/cli/session.h"

namespace holdfast {

/// What a plan must mind where this program itself works on one of the hosts, or reaches some
/// through others. Asks a host only where that matters to a row.
void mind_own_host(Plan& plan, std::vector<SessionHost>& hosts, const Options& options,
                   Diagnostics& diagnostics);
/// The same for a rollback, which asks every host.
void mind_own_host(RollbackOptions& rollback, Session& session, Diagnostics& diagnostics);

}  // namespace holdfast
