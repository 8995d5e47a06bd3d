#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/template/data_text.h"
#include "engine/template/operators.h"
#include "engine/template/python_text.h"
#include "engine/template/unicode.h"

namespace holdfast::jinja {
namespace {

void append_unit(std::string& out, std::uint32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) {
    out += "0123456789abcdef"[(unit >> static_cast<unsigned>(shift)) & 15U];
  }
}

void append_text(std::string& out, std::string_view text, bool only_ascii) {
  out += '"';
  for (const std::string_view character : characters(text)) {
    const std::uint32_t code = code_point(character);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += character;
    } else if (code == '\n' || code == '\r' || code == '\t' || code == '\b' || code == '\f') {
      out += '\\';
      out += code == '\n'   ? 'n'
             : code == '\r' ? 'r'
             : code == '\t' ? 't'
             : code == '\b' ? 'b'
                            : 'f';
    } else if (code < 0x20 || (only_ascii && code > 0x7E && code < 0x10000)) {
      code == 0x7F ? void(out += character) : append_unit(out, code);
    } else if (only_ascii && code >= 0x10000) {
      append_unit(out, 0xD800U + ((code - 0x10000U) >> 10U));
      append_unit(out, 0xDC00U + ((code - 0x10000U) & 0x3FFU));
    } else {
      out += character;
    }
  }
  out += '"';
}

class JsonWriter {
 public:
  JsonWriter(const JsonStyle& style, Budget& budget) : style_(style), budget_(budget) {}

  Result<void> write(const Value& value, int depth) {
    if (!budget_.spend(1) || depth > kMaxValueDepth || out.size() > kMaxText) {
      budget_.spend(kMaxSteps + 1);
      return {};
    }
    if (value.is_list()) return write_list(value.as_list(), depth);
    if (value.is_map()) return write_map(value.as_map(), depth);
    if (value.is_null()) out += "null";
    if (value.is_bool()) out += value.as_bool() ? "true" : "false";
    if (value.is_int()) out += std::to_string(value.as_int());
    if (value.is_text() || value.is_secret()) {
      if (budget_.spend_text(value.bytes().size())) append_text(out, value.bytes(), style_.ascii);
    }
    if (!value.is_float()) return {};
    if (!std::isfinite(value.as_float())) {
      return fail(Code::TemplateType, "JSON has no number " + float_text(value.as_float()));
    }
    out += float_text(value.as_float());
    return {};
  }

  std::string out;

 private:
  void new_line(int depth) {
    if (!style_.indent) return;
    out += '\n';
    out.append(static_cast<std::size_t>(*style_.indent * depth), ' ');
  }

  void separate(bool first, int depth) {
    if (!first) out += style_.indent ? "," : ", ";
    new_line(depth);
  }

  Result<void> write_list(const ValueList& items, int depth) {
    if (items.empty()) {
      out += "[]";
      return {};
    }
    out += '[';
    for (std::size_t i = 0; i < items.size() && !budget_.exhausted(); ++i) {
      separate(i == 0, depth + 1);
      HF_CHECK(write(items[i], depth + 1));
    }
    new_line(depth);
    out += ']';
    return {};
  }

  Result<void> write_map(const ValueMap& map, int depth) {
    std::vector<const ValueMap::Entry*> entries;
    for (const auto& entry : map) entries.push_back(&entry);
    if (style_.sort_keys) {
      std::sort(entries.begin(), entries.end(),
                [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    if (entries.empty()) {
      out += "{}";
      return {};
    }
    out += '{';
    for (const auto* entry : entries) {
      if (budget_.exhausted()) return {};
      separate(entry == entries.front(), depth + 1);
      append_text(out, entry->first, style_.ascii);
      out += ": ";
      HF_CHECK(write(entry->second, depth + 1));
    }
    new_line(depth);
    out += '}';
    return {};
  }

  const JsonStyle& style_;
  Budget& budget_;
};

int nesting_of(std::string_view json) {
  int depth = 0;
  int deepest = 0;
  bool inside = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (inside) {
      if (c == '\\') ++i;
      if (c == '"') inside = false;
    } else if (c == '"') {
      inside = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

Result<Value> value_of(const nlohmann::ordered_json& json, Budget& budget) {
  if (!budget.spend(1)) return Value();
  if (json.is_boolean()) return Value(json.get<bool>());
  if (json.is_string()) return Value(json.get<std::string>());
  if (json.is_number_float()) return Value(json.get<double>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) {
    return fail(Code::TemplateLimit, "a number in the JSON has more than 64 bits");
  }
  if (json.is_number_integer()) return Value(json.get<std::int64_t>());
  if (json.is_array()) {
    ValueList out;
    for (const auto& item : json) {
      HF_TRY(Value value, value_of(item, budget));
      out.push_back(std::move(value));
    }
    return Value(std::move(out));
  }
  if (!json.is_object()) return Value();
  ValueMap out;
  for (const auto& [key, item] : json.items()) {
    HF_TRY(Value value, value_of(item, budget));
    if (!budget.spend_items(out.size())) break;
    out.set(key, std::move(value));
  }
  return Value(std::move(out));
}

}  // namespace

Result<std::string> to_json(const Value& value, const JsonStyle& style, Budget& budget) {
  JsonWriter writer(style, budget);
  HF_CHECK(writer.write(value, 0));
  budget.spend_text(writer.out.size());
  return std::move(writer.out);
}

Result<Value> from_json(std::string_view text, Budget& budget) {
  if (!budget.spend_text(text.size())) return Value();
  if (nesting_of(text) > kMaxLevels) {
    return fail(Code::TemplateLimit,
                "the JSON has more than " + std::to_string(kMaxLevels) + " levels");
  }
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(Code::TemplateType, "the text isn't JSON");
  return value_of(json, budget);
}

}  // namespace holdfast::jinja
