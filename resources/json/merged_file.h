#pragma once

#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "resources/json/merge.h"

namespace holdfast {

/// What the kinds share that merge keys into a JSON file: each key is an attribute of its own, by
/// its JSON pointer.

/// What a resource states of a file.
struct JsonWishes {
  std::vector<JsonLeaf> set{};
  std::vector<JsonPath> remove{};
  bool secret() const;
};

/// Keys that are both set and removed, or removed though none can be.
/// @param kind  Named in the errors.
std::vector<std::string> json_contradictions(const JsonWishes& wishes);

/// Each key with its value; "(removed)" for one that must not be there.
void add_json_wishes(const JsonWishes& wishes, State& desired);

/// What a file says of the keys, its digest as `content` and its bytes as `text`.
/// @param bytes  Text or Secret: then no value of it is shown.
/// @errors The text is no JSON or no map: `code`, at the resource, with line and column.
Result<void> read_json_wishes(const Resource& resource, const std::string& path, const Value& bytes,
                              const JsonWishes& wishes, State& seen);

/// Whether a change is about keys, not only about owner and mode.
bool changes_json(const Change& change);
/// The bytes after a change: a secret where anything in them is.
Value json_after(const JsonWishes& wishes, const Change& change);

}  // namespace holdfast
