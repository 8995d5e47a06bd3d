#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "engine/core/schema.h"
#include "engine/core/value.h"

namespace holdfast {

/// Why a text isn't of a type: "… needs `needs`, not 'the text'".
struct ScalarRefusal {
  std::string needs;   ///< "a mode such as 0644"
  std::string hint{};  ///< Where the usual mistake is known.
};

/// Reads a scalar's text by a type that isn't a list, a map, an object or Any. Normalises paths,
/// modes (four octal digits), durations (seconds) and sizes (bytes).
tl::expected<Value, ScalarRefusal> read_scalar(std::string_view text, const Type& type);
/// "a mode such as 0644", "one of a, b", "a list" …
std::string needed(const Type& type);

/// A typed value as a manifest would write it: seconds as "30s", bytes as "10MiB".
std::string written(const Value& value, const Type& type);

}  // namespace holdfast
