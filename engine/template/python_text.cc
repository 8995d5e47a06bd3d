#include "engine/template/python_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "engine/template/unicode.h"

namespace holdfast::jinja {
namespace {

/// Characters that repr() writes as numbers: controls, formats, and spaces other than ' '.
bool escaped(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0xAD || code == 0x61C ||
         code == 0x1680 || code == 0x180E || (code >= 0x2000 && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202F) || (code >= 0x205F && code <= 0x206F) ||
         code == 0x3000 || (code >= 0xE000 && code <= 0xF8FF) || code == 0xFEFF ||
         (code >= 0xFFF0 && code <= 0xFFFB);
}

void append_hex(std::string& out, std::uint32_t code) {
  const std::size_t digits = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
  out += digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
  for (std::size_t i = digits; i-- > 0;) {
    out += "0123456789abcdef"[(code >> (4 * i)) & 15U];
  }
}

std::string quoted_text(std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const std::string_view character : characters(text)) {
    const std::uint32_t code = code_point(character);
    const char c = character[0];
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (escaped(code)) {
      append_hex(out, code);
    } else {
      out += character;
    }
  }
  return out + quote;
}

class Writer {
 public:
  Writer(Mixture& mixture, Budget& budget) : mixture_(mixture), budget_(budget) {}

  void write(const Value& value, bool quote, int depth) {
    if (!budget_.spend(1)) return;
    if (depth > kMaxValueDepth || out.size() > kMaxText) {
      budget_.spend(kMaxSteps + 1);
      return;
    }
    if (value.is_list() || value.is_map()) {
      mixture_.touch(value);
      value.is_list() ? write_list(value.as_list(), depth) : write_map(value.as_map(), depth);
      return;
    }
    mixture_.add(value);
    if (value.is_null()) out += "None";
    if (value.is_bool()) out += value.as_bool() ? "True" : "False";
    if (value.is_int()) out += std::to_string(value.as_int());
    if (value.is_float()) out += float_text(value.as_float());
    if (value.is_text() || value.is_secret()) {
      if (!budget_.spend_text(value.bytes().size())) return;
      if (quote) {
        out += quoted_text(value.bytes());
      } else {
        out += value.bytes();
      }
    }
  }

  std::string out;

 private:
  void write_list(const ValueList& items, int depth) {
    out += '[';
    for (std::size_t i = 0; i < items.size() && !budget_.exhausted(); ++i) {
      if (i > 0) out += ", ";
      write(items[i], true, depth + 1);
    }
    out += ']';
  }

  void write_map(const ValueMap& map, int depth) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : map) {
      if (budget_.exhausted()) return;
      if (!first) out += ", ";
      first = false;
      out += quoted_text(key);
      out += ": ";
      write(item, true, depth + 1);
    }
    out += '}';
  }

  Mixture& mixture_;
  Budget& budget_;
};

}  // namespace

std::string to_text(const Value& value, Mixture& mixture, Budget& budget) {
  Writer writer(mixture, budget);
  writer.write(value, false, 0);
  return std::move(writer.out);
}

std::string to_repr(const Value& value, Mixture& mixture, Budget& budget) {
  Writer writer(mixture, budget);
  writer.write(value, true, 0);
  return std::move(writer.out);
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  std::array<char, 64> buffer{};
  char* const first = buffer.data();
  char* const end = first + buffer.size();
  const std::string scientific(
      first, std::to_chars(first, end, number, std::chars_format::scientific).ptr);
  const auto mark = scientific.find('e');
  const int exponent = std::atoi(scientific.c_str() + mark + 1);
  // Python writes the exponent only beyond these magnitudes.
  if (exponent < -4 || exponent >= 16) return scientific;
  std::string fixed(first, std::to_chars(first, end, number, std::chars_format::fixed).ptr);
  if (fixed.find('.') == std::string::npos) fixed += ".0";
  return fixed;
}

}  // namespace holdfast::jinja
