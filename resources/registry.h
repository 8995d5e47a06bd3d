#pragma once

#include "engine/core/kind.h"

namespace holdfast {

/// Every kind, collector and service of this build, from the lines of resources/kinds.cmake.
Registry all_kinds();

}  // namespace holdfast
