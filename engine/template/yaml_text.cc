#include <re2/re2.h>

#include <algorithm>
#include <cmath>

#include "engine/template/data_text.h"
#include "engine/template/python_text.h"
#include "engine/template/unicode.h"

namespace holdfast::jinja {
namespace {

/// Whether YAML 1.1 would read a plain scalar of this text as something else than a text.
bool reads_otherwise(const std::string& text) {
  static const RE2 kOther(
      "(?:~|null|Null|NULL|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|"
      "OFF|<<|=|"
      "[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|"
      "[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+|"
      "[-+]?(?:[0-9][0-9_]*)\\.[0-9_]*(?:[eE][-+][0-9]+)?|\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|"
      "[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)|"
      "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]|"
      "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \\t]+)[0-9]{1,2}:[0-9][0-9]:[0-9][0-9](?:\\.[0-9]*)?"
      "(?:[ \\t]*(?:Z|[-+][0-9]{1,2}(?::[0-9][0-9])?))?)");
  return text.empty() || RE2::FullMatch(text, kOther);
}

/// Characters that only a double-quoted scalar can hold as they are meant here.
bool needs_escapes(std::string_view text) {
  for (const std::string_view character : characters(text)) {
    const std::uint32_t code = code_point(character);
    const bool stray = character.size() == 1 && code >= 0x80;
    if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
        code == 0xFEFF || stray) {
      return true;
    }
  }
  return false;
}

bool plain_allowed(const std::string& text, bool in_flow) {
  static constexpr std::string_view kFirst = "#,[]{}&*!|>'\"%@`";
  if (text.front() == ' ' || text.back() == ' ' || kFirst.find(text[0]) != std::string_view::npos) {
    return false;
  }
  if (text.compare(0, 3, "---") == 0 || text.compare(0, 3, "...") == 0) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool space_before = i > 0 && text[i - 1] == ' ';
    const bool space_after = i + 1 == text.size() || text[i + 1] == ' ';
    const char c = text[i];
    if (c == ':' && (space_after || (in_flow && i == 0))) return false;
    if (c == '#' && space_before) return false;
    if ((c == '-' || c == '?') && i == 0 && (space_after || (in_flow && c == '?'))) return false;
    if (in_flow && (c == ',' || c == '?' || c == '[' || c == ']' || c == '{' || c == '}')) {
      return false;
    }
    if (in_flow && c == ':') return false;
  }
  return true;
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (const std::string_view character : characters(text)) {
    const std::uint32_t code = code_point(character);
    const auto named = std::string_view("\"\\\n\t\r").find(static_cast<char>(code));
    if (code < 0x80 && named != std::string_view::npos) {
      out += '\\';
      out += "\"\\ntr"[named];
    } else if (needs_escapes(character)) {
      out += code < 0x100 ? "\\x" : "\\u";
      for (int shift = code < 0x100 ? 4 : 12; shift >= 0; shift -= 4) {
        out += "0123456789ABCDEF"[(code >> static_cast<unsigned>(shift)) & 15U];
      }
    } else {
      out += character;
    }
  }
  return out + '"';
}

std::string scalar_text(const std::string& text, bool in_flow) {
  if (needs_escapes(text)) return double_quoted(text);
  if (!text.empty() && !reads_otherwise(text) && plain_allowed(text, in_flow)) return text;
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + '\'';
}

std::string real_text(double number) {
  if (std::isnan(number)) return ".nan";
  if (std::isinf(number)) return number < 0 ? "-.inf" : ".inf";
  std::string out = float_text(number);
  // "1e+16" without a point would be read as a text by YAML 1.1.
  if (out.find('.') == std::string::npos) out.insert(out.find('e'), ".0");
  return out;
}

bool is_leaf(const Value& value) {
  const auto nested = [](const Value& item) { return (item.is_list() || item.is_map()); };
  if (value.is_list()) {
    return std::none_of(value.as_list().begin(), value.as_list().end(), nested);
  }
  return std::none_of(value.as_map().begin(), value.as_map().end(),
                      [&](const auto& entry) { return nested(entry.second); });
}

class YamlWriter {
 public:
  YamlWriter(const YamlStyle& style, Budget& budget) : style_(style), budget_(budget) {}

  std::string out;

  /// @param column  Where the block's items begin. @param inside_list  The item stands after "- ".
  void block(const Value& value, int column, bool inside_list) {
    if (!budget_.spend(1) || column / std::max(style_.indent, 1) > kMaxValueDepth ||
        out.size() > kMaxText) {
      budget_.spend(kMaxSteps + 1);
      return;
    }
    if (!in_block(value)) {
      flow(value, false);
      out += '\n';
    } else if (value.is_list()) {
      block_list(value.as_list(), column, inside_list);
    } else {
      block_map(value.as_map(), column, inside_list);
    }
  }

 private:
  /// Whether the value is written over several lines.
  bool in_block(const Value& value) const {
    const bool filled = (value.is_list() && !value.as_list().empty()) ||
                        (value.is_map() && !value.as_map().empty());
    return filled && !(style_.flow_leaves && is_leaf(value));
  }

  std::vector<const ValueMap::Entry*> entries_of(const ValueMap& map) const {
    std::vector<const ValueMap::Entry*> entries;
    for (const auto& entry : map) entries.push_back(&entry);
    if (style_.sort_keys) {
      std::sort(entries.begin(), entries.end(),
                [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    return entries;
  }

  void flow(const Value& value, bool in_flow) {
    if (!budget_.spend(1)) return;
    if (value.is_null()) out += "null";
    if (value.is_bool()) out += value.as_bool() ? "true" : "false";
    if (value.is_int()) out += std::to_string(value.as_int());
    if (value.is_float()) out += real_text(value.as_float());
    if (value.is_text() || value.is_secret())
      out += scalar_text(std::string(value.bytes()), in_flow);
    if (value.is_list()) {
      out += '[';
      for (std::size_t i = 0; i < value.as_list().size(); ++i) {
        if (i > 0) out += ", ";
        flow(value.as_list()[i], true);
      }
      out += ']';
    }
    if (value.is_map()) {
      out += '{';
      bool first = true;
      for (const auto* entry : entries_of(value.as_map())) {
        if (!first) out += ", ";
        first = false;
        out += scalar_text(entry->first, true) + ": ";
        flow(entry->second, true);
      }
      out += '}';
    }
  }

  void pad(int column) { out.append(static_cast<std::size_t>(column), ' '); }

  void block_list(const ValueList& items, int column, bool inside_list) {
    bool first = true;
    for (const Value& item : items) {
      if (budget_.exhausted()) return;
      if (!first || !inside_list) pad(column);
      first = false;
      out += '-';
      // Only what goes on over further lines is brought to the indentation.
      out.append(in_block(item) ? static_cast<std::size_t>(std::max(style_.indent - 1, 1)) : 1,
                 ' ');
      block(item, column + style_.indent, true);
    }
  }

  void block_map(const ValueMap& map, int column, bool inside_list) {
    bool first = true;
    for (const auto* entry : entries_of(map)) {
      if (budget_.exhausted()) return;
      if (!first || !inside_list) pad(column);
      first = false;
      out += scalar_text(entry->first, false) + ":";
      const Value& item = entry->second;
      out += in_block(item) ? "\n" : " ";
      // PyYAML writes a list at the column of its key.
      block(item, item.is_list() ? column : column + style_.indent, false);
    }
  }

  const YamlStyle& style_;
  Budget& budget_;
};

}  // namespace

Result<std::string> to_yaml(const Value& value, const YamlStyle& style, Budget& budget) {
  YamlWriter writer(style, budget);
  writer.block(value, 0, false);
  budget.spend_text(writer.out.size());
  return std::move(writer.out);
}

}  // namespace holdfast::jinja
