#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/value.h"

namespace holdfast {

struct JsonMember;

/// A value in a JSON text, with the bytes that it stands on, so that a text can be changed in one
/// place and stay as it is everywhere else.
struct JsonNode {
  enum class Type { Null, Bool, Number, Text, List, Map } type = Type::Null;
  std::size_t begin = 0, end = 0;
  std::string text{};  ///< Of a text: decoded. Of a number: as it is written.
  bool truth = false;
  std::vector<JsonNode> items;
  std::vector<JsonMember> members;

  bool is_map() const { return type == Type::Map; }
  const JsonMember* find(std::string_view key) const;
};

struct JsonMember {
  std::size_t after = 0;  ///< Behind the '{' or ',' before it.
  std::size_t begin = 0, colon = 0;
  std::string key{};
  JsonNode value{};
};

/// Why a text is no JSON, and where, from 1.
struct JsonMistake {
  int line = 1, column = 1;
  std::string what{};
};

/// Exactly JSON (RFC 8259) in UTF-8: no comments, no key twice in one map, at most 200 levels.
/// @return nullopt where it isn't, with `mistake` set.
std::optional<JsonNode> parse_json_text(std::string_view text, JsonMistake& mistake);

/// A number that fits is an int.
Value json_value(const JsonNode& node);
/// Whether a node says what a manifest states: 3 and 3.0 are one number, the order of keys counts
/// for nothing.
bool json_same(const JsonNode& node, const Value& wanted);

/// A value as JSON. With `newline` empty: on one line.
struct JsonLayout {
  std::string newline = "\n";
  std::string unit = "  ";
};
std::string json_text(const Value& value, const JsonLayout& layout, const std::string& indent);

}  // namespace holdfast
