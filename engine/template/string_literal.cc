#include "engine/template/string_literal.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "engine/template/unicode.h"

namespace holdfast::jinja {
namespace {

/// The character of a one-letter escape, or NUL.
char simple_escape(char letter) {
  switch (letter) {
    case '\\':
    case '\'':
    case '"':
      return letter;
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return '\0';
  }
}

struct Numeric {
  std::size_t digits;
  int base;
};

/// How many digits follow, and of which base; no digits: it isn't a numeric escape.
Numeric numeric_escape(std::string_view rest) {
  if (rest[0] == 'x') return {2, 16};
  if (rest[0] == 'u') return {4, 16};
  if (rest[0] == 'U') return {8, 16};
  std::size_t octal = 0;
  while (octal < std::min<std::size_t>(3, rest.size()) && rest[octal] >= '0' &&
         rest[octal] <= '7') {
    ++octal;
  }
  return {octal, 8};
}

}  // namespace

Result<std::string> unescape(std::string_view literal) {
  std::string out;
  out.reserve(literal.size());
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] != '\\' || i + 1 == literal.size()) {
      out += literal[i];
      continue;
    }
    const char letter = literal[++i];
    if (letter == '\n') continue;
    if (const char simple = simple_escape(letter); simple != '\0') {
      out += simple;
      continue;
    }
    if (letter == 'N') {
      return fail(Code::TemplateSyntax, "characters by name (\\N{...}) are not supported",
                  "write the character itself, or \\u and its number");
    }
    const Numeric numeric = numeric_escape(literal.substr(i));
    if (numeric.digits == 0) {
      out += '\\';
      out += letter;
      continue;
    }
    const std::size_t first = i + (numeric.base == 16 ? 1 : 0);
    const std::string_view digits = literal.substr(first, numeric.digits);
    std::uint32_t code = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, numeric.base);
    const bool whole = digits.size() == numeric.digits && stop == digits.data() + digits.size();
    const bool character = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    if (error != std::errc() || !whole || !character) {
      return fail(Code::TemplateSyntax,
                  std::string("the escape '\\") + letter + "' names no character",
                  "double the backslash to keep it as it is");
    }
    out += encode_utf8(code);
    i = first + numeric.digits - 1;
  }
  return out;
}

}  // namespace holdfast::jinja
