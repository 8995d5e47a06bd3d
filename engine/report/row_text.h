#pragma once

#include <string>

#include "engine/report/ink.h"
#include "engine/report/plan_text.h"
#include "engine/report/row_view.h"

namespace holdfast {

/// One row of a plan for people, its details below it.
std::string row_text(const RowView& view, const Ink& ink, const PlanTextOptions& options);

/// A value on one line: texts as they are, "" for an empty one.
std::string shown_value(const Value& value);
/// "would drop your login, 10.0.0.1 to port 22: the policy drop of chain input".
std::string way_in_text(const WayIn& way_in);
/// "412 bytes", "1.5 KiB".
std::string shown_size(std::size_t bytes);
/// "drift: somebody else changed this"; "" where there is nothing to say.
std::string standing_note(Standing standing, bool drift);

}  // namespace holdfast
