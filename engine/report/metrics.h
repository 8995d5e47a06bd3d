#pragma once

#include <cstdint>
#include <string>

#include "engine/apply/apply.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// Drift as Prometheus' text format for a node exporter's textfile folder (write beside it and
/// rename): per host holdfast_host_up, holdfast_resources, holdfast_drift_resources,
/// holdfast_pending_resources, holdfast_stranger_resources, holdfast_unknown_resources,
/// holdfast_orphans, holdfast_open_run, and holdfast_last_run_timestamp_seconds.
/// @param now  Unix time of the run.
std::string drift_metrics(const Plan& plan, const Registry& registry, std::int64_t now);

/// The same of a run that changed something: per host holdfast_apply_success,
/// holdfast_apply_changed_resources, holdfast_apply_duration_seconds, and
/// holdfast_last_apply_timestamp_seconds.
std::string apply_metrics(const Outcome& outcome, std::int64_t now);

}  // namespace holdfast
