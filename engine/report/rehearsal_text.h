#pragma once

#include <string>

#include "engine/apply/rehearsal.h"

namespace holdfast {

/// How a rehearsal went, for people: a summary line, then what was not rehearsed, kind by kind, and
/// what could not be looked at. What went wrong is told as errors. "" where there was nothing to
/// rehearse.
/// @param every  Each resource that was not rehearsed, by its address.
std::string rehearsal_text(const Plan& plan, const RehearsalReport& report, bool every,
                           bool colour);

/// Why nothing may be changed now: what could not be rehearsed, and what went wrong.
Diagnostics rehearsal_errors(const RehearsalReport& report);

/// As the event of a run, on one line (docs/json.md).
std::string rehearsal_event(const Plan& plan, const RehearsalReport& report);

}  // namespace holdfast
