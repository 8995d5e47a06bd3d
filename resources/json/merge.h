#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"
#include "resources/json/document.h"

namespace holdfast {

using JsonPath = std::vector<std::string>;  ///< Keys from the root down.

/// "/log-opts/max-size" (RFC 6901).
std::string json_pointer(const JsonPath& path);
/// nullopt: it isn't one, or is that of the whole text.
std::optional<JsonPath> read_json_pointer(std::string_view text);

/// One thing to be set: a scalar, a list, or an empty map.
struct JsonLeaf {
  JsonPath path{};
  Value value{};
};
/// What a map says of the keys below it: a map in it is merged, everything else is put whole.
std::vector<JsonLeaf> json_leaves(const ValueMap& map);

/// The value at the end of a path through maps, or what stands in the way of the path; nullptr:
/// there is nothing.
const JsonNode* json_find(const JsonNode& root, const JsonPath& path);
/// The same, but only at the end of the path.
const JsonNode* json_exact(const JsonNode& root, const JsonPath& path);

/// A text with the leaves set and the paths removed, and otherwise as it was: unknown keys, order,
/// indentation. A text of white space counts as an empty map.
/// @param text  Parses, and is a map (see parse_json_text).
std::string json_merged(std::string_view text, const std::vector<JsonLeaf>& set,
                        const std::vector<JsonPath>& remove);

}  // namespace holdfast
