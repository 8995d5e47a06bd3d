#include <algorithm>
#include <cctype>

#include "engine/core/text.h"
#include "resources/json/document.h"
#include "resources/yaml/list_text.h"

namespace holdfast {
namespace {

bool letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Whether a plain scalar of YAML 1.1 and 1.2 is this text.
bool plain(std::string_view text) {
  static constexpr std::string_view kWords[] = {"y",    "n",     "yes",  "no",  "on", "off",
                                                "true", "false", "null", "nan", "inf"};
  if (text.empty() || text.size() > 200 || (!letter(text.front()) && text.front() != '/')) {
    return false;
  }
  const std::string low = to_lower(text);
  if (std::find(std::begin(kWords), std::end(kWords), low) != std::end(kWords)) return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return letter(c) || (c >= '0' && c <= '9') || std::string_view("_-./ ()=+*%").find(c) < 11;
  });
}

/// Whether a duration such as "15s" stands plainly: no number begins so.
bool duration(std::string_view text) {
  const auto digits = text.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos && letter(text.back()) &&
         text.substr(digits).find_first_not_of("smhdwy") == std::string_view::npos;
}

bool one_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) != 0x7f;
  });
}

/// Whether a text can stand as a block of lines and come back as it was.
bool block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') {
    return false;
  }
  if (ends_with(text, "\n\n")) return false;
  for (const std::string_view line : lines(text)) {
    if (!one_line(line)) return false;
  }
  return valid_utf8(text);
}

/// What stands behind "key:" or "-": begins with a space, or with a newline.
std::string behind(const Value& value, std::size_t indent) {
  if (value.is_map() && !value.as_map().empty()) return "\n" + yaml_lines(value, indent);
  if (value.is_list() && !value.as_list().empty()) return "\n" + yaml_lines(value, indent);
  const std::string_view text = value.bytes();
  if ((value.is_text() || value.is_secret()) && block(text)) {
    std::string out = text.back() == '\n' ? " |\n" : " |-\n";
    for (const std::string_view line : lines(text)) {
      out += (line.empty() ? "" : std::string(indent, ' ') + std::string(line)) + "\n";
    }
    return out;
  }
  return " " + yaml_scalar(value) + "\n";
}

}  // namespace

std::string yaml_scalar(const Value& value) {
  if (!value.is_text() && !value.is_secret()) {
    return json_text(value, {.newline = "", .unit = ""}, "");
  }
  const std::string_view text = value.bytes();
  if (plain(text) || duration(text)) return std::string(text);
  const bool escapes = text.find_first_of("\"\\") != std::string_view::npos;
  if (escapes && one_line(text) && text.find('\'') == std::string_view::npos) {
    return "'" + std::string(text) + "'";
  }
  return json_text(Value(text), {.newline = "", .unit = ""}, "");
}

std::string yaml_lines(const Value& value, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out;
  if (value.is_map()) {
    for (const auto& [name, one] : value.as_map()) {
      out += margin + yaml_scalar(Value(name)) + ":" + behind(one, indent + 2);
    }
    return out;
  }
  if (value.is_list()) {
    for (const Value& one : value.as_list()) {
      std::string item = one.is_map() || one.is_list() ? yaml_lines(one, indent + 2) : "";
      if (item.empty()) {
        out += margin + "-" + behind(one, indent + 2);
      } else {
        out += item.replace(indent, 2, "- ");
      }
    }
    return out;
  }
  return margin + yaml_scalar(value) + "\n";
}

std::string yaml_item(const Value& value) { return yaml_lines(Value(ValueList{value})); }

}  // namespace holdfast
