#include "resources/json/document.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr int kDeepest = 200;

class Parser {
 public:
  Parser(std::string_view text, JsonMistake& mistake) : text_(text), mistake_(mistake) {}

  std::optional<JsonNode> whole() {
    JsonNode root;
    space();
    if (!value(root, 0)) return std::nullopt;
    space();
    if (at_ < text_.size()) {
      wrong(at_, "something stands behind the end of the value");
      return std::nullopt;
    }
    return root;
  }

 private:
  bool wrong(std::size_t at, std::string what) {
    mistake_ = {1, 1, std::move(what)};
    for (std::size_t i = 0; i < at && i < text_.size(); ++i) {
      // The bytes after the first one of a character are no column.
      const auto byte = static_cast<unsigned char>(text_[i]);
      if (byte == '\n') {
        ++mistake_.line;
        mistake_.column = 1;
      } else if ((byte & 0xC0U) != 0x80U) {
        ++mistake_.column;
      }
    }
    return false;
  }

  void space() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (next() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  bool value(JsonNode& node, int depth) {
    if (depth > kDeepest) return wrong(at_, "more than 200 levels");
    node.begin = at_;
    const char c = next();
    const bool read = c == '{'                             ? map(node, depth)
                      : c == '['                           ? list(node, depth)
                      : c == '"'                           ? text(node)
                      : c == '-' || (c >= '0' && c <= '9') ? number(node)
                                                           : word(node);
    node.end = at_;
    return read;
  }

  bool text(JsonNode& node) {
    node.type = JsonNode::Type::Text;
    return quoted(node.text);
  }

  bool word(JsonNode& node) {
    const auto is = [&](std::string_view wanted) {
      if (text_.substr(at_, wanted.size()) != wanted) return false;
      at_ += wanted.size();
      return true;
    };
    if (is("null")) return true;
    node.type = JsonNode::Type::Bool;
    node.truth = is("true");
    if (node.truth || is("false")) return true;
    if (at_ >= text_.size()) return wrong(at_, "it ends where a value should stand");
    const bool comment = next() == '/' || next() == '#';
    return wrong(at_, comment ? "a comment: JSON has none" : "no value");
  }

  bool digits() {
    const std::size_t begin = at_;
    while (next() >= '0' && next() <= '9') ++at_;
    return at_ > begin;
  }

  bool number(JsonNode& node) {
    const std::size_t begin = at_;
    node.type = JsonNode::Type::Number;
    take('-');
    const bool zero = next() == '0';
    const std::size_t first = at_;
    bool good = digits() && (!zero || at_ == first + 1);
    if (good && take('.')) good = digits();
    if (good && (next() == 'e' || next() == 'E')) {
      ++at_;
      if (next() == '+' || next() == '-') ++at_;
      good = digits();
    }
    if (!good) return wrong(begin, "no number");
    node.text = text_.substr(begin, at_ - begin);
    return true;
  }

  bool list(JsonNode& node, int depth) {
    node.type = JsonNode::Type::List;
    ++at_;
    space();
    if (take(']')) return true;
    while (true) {
      space();
      JsonNode& item = node.items.emplace_back();
      if (!value(item, depth + 1)) return false;
      space();
      if (take(']')) return true;
      if (!take(',')) return wrong(at_, "no ',' and no ']' after an item of a list");
    }
  }

  bool map(JsonNode& node, int depth) {
    node.type = JsonNode::Type::Map;
    ++at_;
    std::size_t after = at_;
    space();
    if (take('}')) return true;
    while (true) {
      space();
      JsonMember member{.after = after, .begin = at_};
      if (next() != '"') return wrong(at_, "no key in double quotes");
      if (!quoted(member.key)) return false;
      if (node.find(member.key) != nullptr) {
        return wrong(member.begin, "the key '" + printable(member.key) + "' for the second time");
      }
      member.colon = at_;
      space();
      if (!take(':')) return wrong(at_, "no ':' after a key");
      space();
      if (!value(member.value, depth + 1)) return false;
      node.members.push_back(std::move(member));
      space();
      if (take('}')) return true;
      if (!take(',')) return wrong(at_, "no ',' and no '}' after a value");
      after = at_;
    }
  }

  std::optional<unsigned> hex4() {
    unsigned code = 0;
    const char* begin = text_.data() + at_;
    if (text_.size() - at_ < 4) return std::nullopt;
    const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
    if (error != std::errc{} || end != begin + 4) return std::nullopt;
    at_ += 4;
    return code;
  }

  static void append(std::string& out, unsigned code) {
    const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80U) return put(code);
    if (code < 0x800U) {
      put(0xC0U | (code >> 6U));
    } else if (code < 0x10000U) {
      put(0xE0U | (code >> 12U));
      put(0x80U | ((code >> 6U) & 0x3FU));
    } else {
      put(0xF0U | (code >> 18U));
      put(0x80U | ((code >> 12U) & 0x3FU));
      put(0x80U | ((code >> 6U) & 0x3FU));
    }
    put(0x80U | (code & 0x3FU));
  }

  bool escape(std::string& out) {
    const std::size_t begin = at_ - 1;
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const auto known = kLetters.find(next());
    ++at_;
    if (known != std::string_view::npos && at_ <= text_.size()) {
      out += kMeanings[known];
      return true;
    }
    auto code = at_ <= text_.size() && text_[at_ - 1] == 'u' ? hex4() : std::nullopt;
    if (!code) return wrong(begin, "no escape that JSON knows");
    if (*code >= 0xD800U && *code < 0xDC00U && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const auto low = hex4();
      if (!low || *low < 0xDC00U || *low > 0xDFFFU) return wrong(begin, "half a character");
      code = 0x10000U + ((*code - 0xD800U) << 10U) + (*low - 0xDC00U);
    } else if (*code >= 0xD800U && *code <= 0xDFFFU) {
      return wrong(begin, "half a character");
    }
    append(out, *code);
    return true;
  }

  bool quoted(std::string& out) {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_++];
      if (c == '\\') {
        if (!escape(out)) return false;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        return wrong(at_ - 1, "a control character in a text");
      } else {
        out += c;
      }
    }
    if (!take('"')) return wrong(begin, "a text without an end");
    return valid_utf8(out) || wrong(begin, "a text that is not UTF-8");
  }

  std::string_view text_;
  JsonMistake& mistake_;
  std::size_t at_ = 0;
};

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

double real_number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

std::string quoted_json(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string number_text(double number) {
  char buffer[64];
  const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
  return error == std::errc{} ? std::string(std::begin(buffer), end) : "0";
}

/// The parts of a list or a map between their brackets.
std::string bracketed(char open, const std::vector<std::string>& parts, char close,
                      const JsonLayout& layout, const std::string& indent) {
  if (parts.empty()) return {open, close};
  const bool one_line = layout.newline.empty();
  const std::string between = one_line ? " " : layout.newline + indent + layout.unit;
  std::string out(1, open);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += ',';
    if (i > 0 || !one_line) out += between;
    out += parts[i];
  }
  return out + (one_line ? "" : layout.newline + indent) + close;
}

}  // namespace

const JsonMember* JsonNode::find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

std::optional<JsonNode> parse_json_text(std::string_view text, JsonMistake& mistake) {
  return Parser(text, mistake).whole();
}

Value json_value(const JsonNode& node) {
  switch (node.type) {
    case JsonNode::Type::Null:
      return {};
    case JsonNode::Type::Bool:
      return node.truth;
    case JsonNode::Type::Number: {
      const auto whole = whole_number(node.text);
      return whole ? Value(*whole) : Value(real_number(node.text));
    }
    case JsonNode::Type::Text:
      return node.text;
    case JsonNode::Type::List: {
      ValueList out;
      for (const JsonNode& item : node.items) out.push_back(json_value(item));
      return out;
    }
    case JsonNode::Type::Map:
      break;
  }
  ValueMap out;
  for (const JsonMember& member : node.members) out.append(member.key, json_value(member.value));
  return out;
}

bool json_same(const JsonNode& node, const Value& wanted) {
  if (wanted.is_list() && node.type == JsonNode::Type::List) {
    const ValueList& items = wanted.as_list();
    return std::equal(node.items.begin(), node.items.end(), items.begin(), items.end(), json_same);
  }
  if (wanted.is_map() && node.is_map()) {
    const ValueMap& map = wanted.as_map();
    return map.size() == node.members.size() &&
           std::all_of(node.members.begin(), node.members.end(), [&](const JsonMember& member) {
             const Value* value = map.find(member.key);
             return value != nullptr && json_same(member.value, *value);
           });
  }
  if (node.type == JsonNode::Type::Number && (wanted.is_int() || wanted.is_float())) {
    const auto whole = whole_number(node.text);
    if (whole && wanted.is_int()) return *whole == wanted.as_int();
    const double stated =
        wanted.is_int() ? static_cast<double>(wanted.as_int()) : wanted.as_float();
    return real_number(node.text) == stated;
  }
  return json_value(node) == wanted;
}

std::string json_text(const Value& value, const JsonLayout& layout, const std::string& indent) {
  if (value.is_text() || value.is_secret()) return quoted_json(value.bytes());
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_int()) return std::to_string(value.as_int());
  if (value.is_float()) return number_text(value.as_float());
  std::vector<std::string> parts;
  const std::string deeper = indent + layout.unit;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) parts.push_back(json_text(item, layout, deeper));
    return bracketed('[', parts, ']', layout, indent);
  }
  if (!value.is_map()) return "null";
  for (const auto& [key, item] : value.as_map()) {
    parts.push_back(quoted_json(key) + ": " + json_text(item, layout, deeper));
  }
  return bracketed('{', parts, '}', layout, indent);
}

}  // namespace holdfast
