#pragma once

#include "engine/core/kind.h"
#include "engine/wiring/ends.h"

namespace holdfast {

/// What a unit's sandbox takes away, the paths that its program needs, and the unit itself.
void add_unit_ends(const Resource& resource, Ends& ends);

}  // namespace holdfast
