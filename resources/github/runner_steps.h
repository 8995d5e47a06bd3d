#pragma once

#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// What a change of a `github_runner` takes. Whatever stops its service first waits until it has no
/// job, with its labels taken off.
std::vector<PhasedStep> runner_steps(const Resource& resource, const Change& change);

/// Whether a change stops the service.
bool stops_runner(const Change& change);

}  // namespace holdfast
