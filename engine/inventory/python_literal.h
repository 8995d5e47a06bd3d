#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast {

/// The value of a Python literal, as ast.literal_eval gives it: INI inventories are typed by it.
/// Tuples become lists; keys of mappings become texts as JSON writes them.
/// @return nullopt where the text isn't a literal, and so stands for itself. A whole number beyond
/// 64 bits is such a text too.
/// @errors HF1109 a literal that no inventory can hold: a set, a complex number, `...`, bytes
/// inside a list.
Result<std::optional<Value>> python_literal(std::string_view text);

}  // namespace holdfast
