#pragma once

#include <string_view>
#include <vector>

#include "engine/core/schema.h"

namespace holdfast {

/// What every resource may say, whatever its kind: one list for loading, the JSON Schema and the
/// reference pages.
const std::vector<Attribute>& common_attributes();
const Attribute* find_common(std::string_view name);
/// Those that a block hands down to what it holds, and a module to its resources.
bool inherited(std::string_view name);

}  // namespace holdfast
