#pragma once

#include "engine/core/kind.h"

namespace holdfast {

/// How an account gets from one state to another; part of the kind `user`.
std::vector<PhasedStep> user_steps(const Resource& resource, const Change& change);

}  // namespace holdfast
