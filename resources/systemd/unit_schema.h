#pragma once

#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// The schema of `systemd_unit`.
const Schema& unit_schema();
/// What its types can't say: names, templates, [Install], masks, drop-ins.
std::vector<Error> unit_errors(const Resource& resource);

}  // namespace holdfast
