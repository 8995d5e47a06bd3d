#pragma once

#include <string>
#include <vector>

#include "engine/history/entries.h"

namespace holdfast {

/// Runs, newest first: a line each, below it a line for each host that did not end as the others.
std::string history_text(const std::vector<RunEntry>& entries);
/// One run, or the hosts of it that were asked for, with all that is known.
std::string run_text(const std::vector<RunEntry>& entries, bool plan_kept);
/// The same, and below each host what its plan says of it. @param plan  nullptr: none is kept.
std::string run_and_plan_text(const std::vector<RunEntry>& entries, const PlanEntry* plan);
/// A plan as it was recorded, for people.
std::string plan_entry_text(const PlanEntry& entry);
/// "2 drifted", "1 pending": of what differs at a look, without its orphans.
std::vector<std::string> difference_counts(const DriftEntry& look);
/// What hosts were like, a line for as long as it stayed so.
std::string drift_history_text(const std::vector<DriftEntry>& entries);

/// The same as docs/json.md describes it.
std::string history_json(const std::vector<RunEntry>& entries);
/// {format, run, plan}: one run as in history_json(), and its plan as in plan_entry_json(), or
/// null.
std::string run_and_plan_json(const std::vector<RunEntry>& entries, const PlanEntry* plan);
std::string plan_entry_json(const PlanEntry& entry);
std::string drift_history_json(const std::vector<DriftEntry>& entries);

}  // namespace holdfast
