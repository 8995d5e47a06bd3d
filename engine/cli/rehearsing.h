#pragma once

#include "engine/apply/rehearsal.h"
#include "engine/cli/session.h"

namespace holdfast {

/// --rehearse: does the plan and takes it back where nobody keeps anything of it.
RehearsalReport rehearse_plan(Session& session, const Plan& plan, const std::string& command);

/// Tells how it went, in the form that was asked for (of a plan's JSON it is a part already), and
/// what was wrong. Whether the program may go on.
bool tell_rehearsal(const Session& session, const Plan& plan, const RehearsalReport& report,
                    bool told_by_plan = false);

}  // namespace holdfast
