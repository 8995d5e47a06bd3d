#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/value.h"
#include "engine/template/budget.h"

namespace holdfast::jinja {

struct JsonStyle {
  std::optional<int> indent{};  ///< None: one line.
  bool sort_keys = false;
  bool ascii = true;  ///< Everything else as \u escapes.
};

/// JSON as Python's json.dumps writes it. Secrets are written out: seal the result with
/// Mixture::built. @errors HF2104 a number that JSON has no word for.
Result<std::string> to_json(const Value& value, const JsonStyle& style, Budget& budget);
/// @errors HF2104 not JSON, HF2105 too deep or too large numbers.
Result<Value> from_json(std::string_view text, Budget& budget);

struct YamlStyle {
  int indent = 2;
  /// The innermost lists and maps in one line: [1, 2].
  bool flow_leaves = true;
  bool sort_keys = true;
};

/// YAML with PyYAML's layout. Texts of several lines are double-quoted, and long ones aren't
/// folded: the same data, not always the same bytes as PyYAML's. Secrets are written out.
Result<std::string> to_yaml(const Value& value, const YamlStyle& style, Budget& budget);

}  // namespace holdfast::jinja
