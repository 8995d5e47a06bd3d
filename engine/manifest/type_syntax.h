#pragma once

#include <string_view>

#include "engine/core/error.h"
#include "engine/core/schema.h"

namespace holdfast {

/// Reads a type as a manifest's input writes it: "port", "list(text)", "map(list(int))",
/// "one_of(a, b)".
/// @errors HF2012 with the nearest name.
Result<Type> parse_type(std::string_view text, const Position& where);

}  // namespace holdfast
