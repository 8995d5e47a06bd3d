#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include "engine/core/text.h"
#include "engine/core/yaml.h"

namespace holdfast {
namespace {

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  for (const std::string_view candidate : words) {
    if (word == candidate) return true;
  }
  return false;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits of a base, `_` left out; nullopt where there is none, a strange one, or too many.
std::optional<std::int64_t> digits(std::string_view text, int base, bool negative) {
  std::string kept = negative ? "-" : "";
  for (const char c : text) {
    if (c != '_') kept += c;
  }
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(kept.data(), kept.data() + kept.size(), value, base);
  if (text.empty() ||
      !(text[0] == '_' || std::isxdigit(static_cast<unsigned char>(text[0])) != 0)) {
    return std::nullopt;
  }
  if (problem != std::errc{} || end != kept.data() + kept.size()) return std::nullopt;
  return value;
}

std::optional<double> decimal(std::string_view text, bool negative) {
  std::string kept;
  for (const char c : text) {
    if (c != '_') kept += c;
  }
  double value = 0;
  const auto [end, problem] = std::from_chars(kept.data(), kept.data() + kept.size(), value);
  if (problem != std::errc{} || end != kept.data() + kept.size()) return std::nullopt;
  return negative ? -value : value;
}

struct Signed {
  bool negative = false;
  bool written = false;
  std::string_view digits;
};

Signed split_sign(std::string_view text) {
  const bool written = !text.empty() && (text[0] == '-' || text[0] == '+');
  return {written && text[0] == '-', written, written ? text.substr(1) : text};
}

std::optional<double> special_float(const Signed& number) {
  const double sign = number.negative ? -1 : 1;
  if (one_of(number.digits, {".inf", ".Inf", ".INF"})) {
    return sign * std::numeric_limits<double>::infinity();
  }
  if (!number.written && one_of(number.digits, {".nan", ".NaN", ".NAN"})) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::nullopt;
}

bool only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

bool core_float_shape(std::string_view text) {
  const std::size_t exponent = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent);
  if (mantissa.find_first_of("0123456789") == std::string_view::npos) return false;
  if (!only(mantissa, "0123456789.") || mantissa.find('.') != mantissa.rfind('.')) return false;
  if (exponent == std::string_view::npos) return true;
  const Signed power = split_sign(text.substr(exponent + 1));
  return !power.digits.empty() && only(power.digits, "0123456789");
}

/// YAML 1.1 wants a dot, and a sign in the exponent.
bool old_float_shape(std::string_view text) {
  const std::size_t exponent = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent);
  const std::size_t dot = mantissa.find('.');
  if (dot == std::string_view::npos || dot != mantissa.rfind('.')) return false;
  if (!only(mantissa, "0123456789_.")) return false;
  const bool leads = dot > 0 ? is_digit(mantissa[0]) : mantissa.size() > 1 && is_digit(mantissa[1]);
  if (!leads) return false;
  if (exponent == std::string_view::npos) return true;
  const Signed power = split_sign(text.substr(exponent + 1));
  return power.written && !power.digits.empty() && only(power.digits, "0123456789");
}

/// 22:30 and 1:30:00, base sixty; the last part may have a fraction.
std::optional<Value> sexagesimal(const Signed& number) {
  const std::vector<std::string_view> parts = split(number.digits, ':');
  if (parts.size() < 2 || parts[0].empty() || !is_digit(parts[0][0])) return std::nullopt;
  const std::size_t dot = parts.back().find('.');
  const bool fraction = dot != std::string_view::npos;
  if (!fraction && parts[0][0] == '0') return std::nullopt;
  if (!only(parts[0], "0123456789_")) return std::nullopt;
  std::int64_t whole = digits(parts[0], 10, false).value_or(-1);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    const std::string_view part = last && fraction ? parts[i].substr(0, dot) : parts[i];
    const bool fits =
        (part.size() == 1 || (part.size() == 2 && part[0] <= '5')) && only(part, "0123456789");
    if (!fits || whole < 0 || whole > (std::int64_t{1} << 50)) return std::nullopt;
    whole = whole * 60 + digits(part, 10, false).value_or(0);
  }
  if (!fraction) return Value(number.negative ? -whole : whole);
  const std::string_view tail = parts.back().substr(dot);
  if (!only(tail.substr(1), "0123456789_")) return std::nullopt;
  const double value =
      static_cast<double>(whole) + decimal("0" + std::string(tail), false).value_or(0);
  return Value(number.negative ? -value : value);
}

std::optional<Value> core_number(std::string_view text) {
  const Signed number = split_sign(text);
  if (number.digits.empty()) return std::nullopt;
  if (only(number.digits, "0123456789")) {
    if (const auto value = digits(number.digits, 10, number.negative)) return Value(*value);
    return std::nullopt;
  }
  if (starts_with(text, "0o") || starts_with(text, "0x")) {
    if (text.find('_') != std::string_view::npos) return std::nullopt;
    const auto value = digits(text.substr(2), text[1] == 'o' ? 8 : 16, false);
    return value ? std::optional<Value>(*value) : std::nullopt;
  }
  if (const auto value = special_float(number)) return Value(*value);
  if (!core_float_shape(number.digits)) return std::nullopt;
  const auto value = decimal(number.digits, number.negative);
  return value ? std::optional<Value>(*value) : std::nullopt;
}

std::optional<Value> old_whole(const Signed& number) {
  const std::string_view text = number.digits;
  std::optional<std::int64_t> value;
  if (starts_with(text, "0b")) {
    if (text.size() > 2 && only(text.substr(2), "01_")) {
      value = digits(text.substr(2), 2, number.negative);
    }
  } else if (starts_with(text, "0x")) {
    if (text.size() > 2) value = digits(text.substr(2), 16, number.negative);
  } else if (text.size() > 1 && text[0] == '0') {
    if (only(text, "01234567_")) value = digits(text.substr(1), 8, number.negative);
  } else if (!text.empty() && is_digit(text[0]) && only(text, "0123456789_")) {
    value = digits(text, 10, number.negative);
  }
  return value ? std::optional<Value>(*value) : std::nullopt;
}

std::optional<Value> old_number(std::string_view text) {
  const Signed number = split_sign(text);
  if (number.digits.empty()) return std::nullopt;
  if (auto value = old_whole(number)) return value;
  if (number.digits.find(':') != std::string_view::npos) return sexagesimal(number);
  if (const auto value = special_float(number)) return Value(*value);
  if (!old_float_shape(number.digits)) return std::nullopt;
  const auto value = decimal(number.digits, number.negative);
  return value ? std::optional<Value>(*value) : std::nullopt;
}

using ScalarReader = Value (*)(std::string_view);

Value core_scalar(std::string_view text) {
  if (one_of(text, {"true", "True", "TRUE"})) return true;
  if (one_of(text, {"false", "False", "FALSE"})) return false;
  return core_number(text).value_or(Value(text));
}

Value old_scalar(std::string_view text) {
  if (one_of(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) return true;
  if (one_of(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) {
    return false;
  }
  return old_number(text).value_or(Value(text));
}

Value read(const YamlNode& node, ScalarReader scalar) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return {};
    case YamlNode::Kind::Scalar: {
      const bool guessed =
          node.plain() && (node.tag.empty() || ends_with(node.tag, ":int") ||
                           ends_with(node.tag, ":float") || ends_with(node.tag, ":bool"));
      return guessed ? scalar(node.scalar) : Value(node.scalar);
    }
    case YamlNode::Kind::Sequence: {
      ValueList out;
      out.reserve(node.items.size());
      for (const YamlNode& item : node.items) out.push_back(read(item, scalar));
      return out;
    }
    case YamlNode::Kind::Mapping: {
      ValueMap out;
      for (const YamlNode::Entry& entry : node.entries) {
        out.append(entry.key, read(entry.value, scalar));
      }
      return out;
    }
  }
  return {};
}

}  // namespace

Value yaml12_value(const YamlNode& node) { return read(node, core_scalar); }
Value yaml11_value(const YamlNode& node) { return read(node, old_scalar); }

}  // namespace holdfast
