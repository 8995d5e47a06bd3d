#pragma once

#include <string>

#include "engine/core/kind.h"

namespace holdfast {

/// A JSON Schema (draft 7) of a manifest, for editors: made from the kinds' schemas, so it can't
/// disagree with what holdfast accepts by name and shape. A value may always be an expression.
std::string manifest_json_schema(const Registry& registry);

}  // namespace holdfast
