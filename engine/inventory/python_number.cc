#include "engine/inventory/python_number.h"

#include <charconv>
#include <limits>
#include <string>

namespace holdfast {
namespace {

bool digit_of(char c, int base) {
  if (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return true;
  return c >= '0' && c < '0' + (base < 10 ? base : 10);
}

/// Digits with single underscores between them, collected without these. @return the bytes taken.
std::size_t take_digits(std::string_view text, int base, std::string& out) {
  std::size_t at = 0;
  while (at < text.size()) {
    const bool joined = text[at] == '_' && at > 0 && at + 1 < text.size();
    const std::size_t digit = joined ? at + 1 : at;
    if (!digit_of(text[digit], base)) break;
    out += text[digit];
    at = digit + 1;
  }
  return at;
}

PythonNumber whole(const std::string& digits, int base, std::size_t size) {
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return {.kind = PythonNumber::Kind::Real, .size = size, .value = value};
}

/// 0x1F, 0o17, 0b1. An underscore may stand behind the prefix.
PythonNumber prefixed(std::string_view text, int base) {
  std::size_t at = 2;
  if (at < text.size() && text[at] == '_') ++at;
  std::string digits;
  at += take_digits(text.substr(at), base, digits);
  return digits.empty() ? PythonNumber{} : whole(digits, base, at);
}

double to_float(const std::string& digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  (void)end;
  if (error != std::errc::result_out_of_range) return value;
  return digits.find("e-") == std::string::npos ? std::numeric_limits<double>::infinity() : 0.0;
}

/// The exponent at `at`, appended to `digits`; the bytes that it takes, 0 where there is none.
std::size_t take_exponent(std::string_view text, std::string& digits) {
  if (text.empty() || (text[0] != 'e' && text[0] != 'E')) return 0;
  std::string exponent = "e";
  std::size_t at = 1;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) exponent += text[at++];
  std::string numerals;
  const std::size_t taken = take_digits(text.substr(at), 10, numerals);
  if (taken == 0) return 0;
  digits += exponent + numerals;
  return at + taken;
}

}  // namespace

PythonNumber python_number(std::string_view text) {
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    if (mark == 'x') return prefixed(text, 16);
    if (mark == 'o') return prefixed(text, 8);
    if (mark == 'b') return prefixed(text, 2);
  }
  std::string digits;
  std::size_t at = take_digits(text, 10, digits);
  const std::string integer = digits;
  bool floating = false;
  if (at < text.size() && text[at] == '.') {
    floating = true;
    digits += '.';
    ++at;
    at += take_digits(text.substr(at), 10, digits);
    if (digits.size() == 1) return {};
  }
  const std::size_t exponent = take_exponent(text.substr(at), digits);
  floating = floating || exponent > 0;
  at += exponent;
  const bool imaginary = at < text.size() && (text[at] == 'j' || text[at] == 'J');
  if (imaginary) {
    return {.kind = PythonNumber::Kind::Imaginary, .size = at + 1, .value = 0.0};
  }
  if (floating) {
    if (digits.front() == '.') digits.insert(0, "0");
    return {.kind = PythonNumber::Kind::Real, .size = at, .value = to_float(digits)};
  }
  // 0644 is an error in Python, 00 is not.
  if (integer.size() > 1 && integer[0] == '0' &&
      integer.find_first_not_of('0') != std::string::npos) {
    return {};
  }
  return whole(integer, 10, at);
}

}  // namespace holdfast
