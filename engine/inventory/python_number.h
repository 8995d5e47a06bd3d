#pragma once

#include <string_view>

#include "engine/core/value.h"

namespace holdfast {

/// A number at the beginning of a text, by the rules of Python's source code: 1_000, 0x1F, 1e5;
/// 0644 is none.
struct PythonNumber {
  enum class Kind { None, Real, Imaginary } kind = Kind::None;
  std::size_t size = 0;  ///< Bytes that it takes.
  Value value{};         ///< A whole or a floating number.
};

/// Kind::None for whole numbers beyond 64 bits, too.
PythonNumber python_number(std::string_view text);

}  // namespace holdfast
