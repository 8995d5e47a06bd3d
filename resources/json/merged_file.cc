#include "resources/json/merged_file.h"

#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

constexpr const char* kRemoved = "(removed)";

bool begins_with(const JsonPath& path, const JsonPath& start) {
  return path.size() >= start.size() && std::equal(start.begin(), start.end(), path.begin());
}

/// A value as the plan shows it, told apart from the word for "not there".
Value shown(const JsonNode& node, bool hidden) {
  const Value value = json_value(node);
  if (hidden) return Secret(json_text(value, {.newline = "", .unit = ""}, ""));
  const bool word = value == Value(kRemoved) || value == Value("null");
  return word ? Value("\"" + std::string(value.bytes()) + "\"") : value;
}

Error no_json(const Resource& resource, const std::string& path, std::string why) {
  return wrong(resource, "", Code::JsonFileNoJson,
               resource.kind + " '" + printable(resource.name) + "': " + printable(path) + " " +
                   std::move(why),
               "mend it by hand, or replace it whole by a `file`");
}

}  // namespace

bool JsonWishes::secret() const {
  return std::any_of(set.begin(), set.end(),
                     [](const JsonLeaf& leaf) { return leaf.value.holds_secret(); });
}

std::vector<std::string> json_contradictions(const JsonWishes& wishes) {
  std::vector<std::string> out;
  for (const JsonPath& path : wishes.remove) {
    for (const JsonLeaf& leaf : wishes.set) {
      if (!begins_with(leaf.path, path) && !begins_with(path, leaf.path)) continue;
      out.push_back("'" + printable(json_pointer(path)) + "' is removed, and '" +
                    printable(json_pointer(leaf.path)) + "' is set");
      break;
    }
  }
  return out;
}

void add_json_wishes(const JsonWishes& wishes, State& desired) {
  for (const JsonLeaf& leaf : wishes.set) {
    // A null states nothing to the diff; that of JSON is a value.
    const bool null = leaf.value.is_null();
    desired.set(json_pointer(leaf.path), null ? Value("null") : leaf.value);
  }
  for (const JsonPath& path : wishes.remove) desired.set(json_pointer(path), kRemoved);
}

Result<void> read_json_wishes(const Resource& resource, const std::string& path, const Value& bytes,
                              const JsonWishes& wishes, State& seen) {
  JsonMistake mistake;
  const bool blank = trim(bytes.bytes()).empty();
  const auto root = parse_json_text(blank ? "{}" : bytes.bytes(), mistake);
  if (!root) {
    return fail(no_json(resource, path,
                        "is no JSON: line " + std::to_string(mistake.line) + ", column " +
                            std::to_string(mistake.column) + ": " + mistake.what));
  }
  if (!root->is_map()) return fail(no_json(resource, path, "holds no map of keys"));
  const bool hidden = bytes.is_secret();
  for (const JsonLeaf& leaf : wishes.set) {
    const std::string pointer = json_pointer(leaf.path);
    const JsonNode* exact = json_exact(*root, leaf.path);
    const bool empty_map = leaf.value.is_map() && leaf.value.as_map().empty();
    if (exact != nullptr && (json_same(*exact, leaf.value) || (empty_map && exact->is_map()))) {
      seen.set(pointer, leaf.value.is_null() ? Value("null") : leaf.value);
    } else if (const JsonNode* found = json_find(*root, leaf.path)) {
      seen.set(pointer, shown(*found, hidden));
    }
  }
  for (const JsonPath& path_of : wishes.remove) {
    const JsonNode* found = json_exact(*root, path_of);
    seen.set(json_pointer(path_of), found == nullptr ? Value(kRemoved) : shown(*found, hidden));
  }
  const std::string digest = std::string(kDigestPrefix) + sha256_hex(bytes.bytes());
  seen.set("content", hidden ? Value(Secret(digest)) : Value(digest));
  seen.set("text", bytes);
  return {};
}

bool changes_json(const Change& change) {
  return std::any_of(change.attributes.begin(), change.attributes.end(),
                     [](const AttributeChange& one) { return starts_with(one.name, "/"); });
}

Value json_after(const JsonWishes& wishes, const Change& change) {
  const Value* old = change.before ? change.before->find("text") : nullptr;
  std::string text = json_merged(old == nullptr ? "" : old->bytes(), wishes.set, wishes.remove);
  const bool hidden = wishes.secret() || (old != nullptr && old->is_secret());
  return hidden ? Value(Secret(std::move(text))) : Value(std::move(text));
}

}  // namespace holdfast
