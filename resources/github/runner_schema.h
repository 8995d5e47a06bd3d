#pragma once

#include "engine/core/schema.h"

namespace holdfast {

/// What a manifest may say of a github_runner.
const Schema& runner_schema();

}  // namespace holdfast
