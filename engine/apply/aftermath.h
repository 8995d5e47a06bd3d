#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/apply/runner.h"

namespace holdfast {

/// How run `id` ended on a host whose connection is lost: its guard ends it. nullopt: it could not
/// be learnt in time.
std::optional<RunMeta> end_of_lost(Runner& runner, const std::string& id, Deadline until,
                                   const std::function<bool()>& must_end);

/// meta.json of a run that the host has never begun, as Runner::aftermath() says it.
std::string meta_of_none(const std::string& id);
/// Whether the host has begun it.
bool has_begun(const RunMeta& meta);

}  // namespace holdfast
