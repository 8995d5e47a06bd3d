#pragma once

#include <optional>
#include <string>

#include "engine/apply/apply.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// How a run ended, for people: of each host that did not end well what failed at which resource,
/// what was taken back, what is left and what to do by hand, and what was held back; then a line a
/// host that changed, and a summary line. Works with an empty plan, for a rollback.
std::string outcome_text(const Plan& plan, const Outcome& outcome, bool colour);

/// A line for each run that a host has ended by itself; outcome_text() begins with them.
std::string alone_text(const Outcome& outcome, bool colour);

/// The same as docs/json.md describes it, indented.
std::string outcome_json(const Plan& plan, const Outcome& outcome);
/// On one line, as the last event of a run. @param code  What the program ends with, where the
/// outcome doesn't say.
std::string outcome_event(const Plan& plan, const Outcome& outcome, std::optional<int> code = {});

/// The run of which something is left: the host's own, or the one that a rollback did not take back
/// whole.
std::string unfinished(const HostOutcome& host);
/// What an operator types on the host, as root, to take a run back without holdfast.
std::string by_hand(const std::string& run);

}  // namespace holdfast
