#include "engine/template/unicode.h"

#include <locale.h>

#include <clocale>
#include <cwctype>

namespace holdfast::jinja {
namespace {

std::size_t size_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead >= 0xF0 ? 4U : lead >= 0xE0 ? 3U : lead >= 0xC2 ? 2U : 1U;
  if (lead > 0xF4 || at + size > text.size()) return 1;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return 1;
  }
  return size;
}

/// Case mappings that don't depend on the user's locale. Null (then only ASCII has a case) where
/// the C library has no C.UTF-8.
locale_t case_locale() {
  static locale_t const locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

bool ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

wint_t mapped(std::uint32_t code, bool to_upper) {
  const auto wide = static_cast<wint_t>(code);
  if (locale_t locale = case_locale()) {
    return to_upper ? towupper_l(wide, locale) : towlower_l(wide, locale);
  }
  if (to_upper) return wide >= 'a' && wide <= 'z' ? wide - 32 : wide;
  return wide >= 'A' && wide <= 'Z' ? wide + 32 : wide;
}

std::string in_case(std::string_view text, bool to_upper) {
  std::string out;
  out.reserve(text.size());
  if (ascii(text)) {
    for (const char c : text) {
      out += static_cast<char>(mapped(static_cast<unsigned char>(c), to_upper));
    }
    return out;
  }
  for (const std::string_view character : characters(text)) {
    const std::uint32_t code = code_point(character);
    const bool stray = character.size() == 1 && code >= 0x80;
    out += stray ? std::string(character) : encode_utf8(mapped(code, to_upper));
  }
  return out;
}

bool only_case(std::string_view text, bool wanted_upper) {
  bool some = false;
  for (const std::string_view character : characters(text)) {
    const std::uint32_t code = code_point(character);
    const bool is_an_upper = mapped(code, false) != code;
    const bool is_a_lower = mapped(code, true) != code;
    if (wanted_upper ? is_a_lower : is_an_upper) return false;
    some = some || is_an_upper || is_a_lower;
  }
  return some;
}

bool ends_line(std::uint32_t code) {
  return (code >= 0x0A && code <= 0x0D) || (code >= 0x1C && code <= 0x1E) || code == 0x85 ||
         code == 0x2028 || code == 0x2029;
}

}  // namespace

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = size_at(text, at);
    out.push_back(text.substr(at, size));
    at += size;
  }
  return out;
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += size_at(text, at)) ++count;
  return count;
}

std::string encode_utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0U | (code >> 6U)), byte(0x80U | (code & 63U))};
  if (code < 0x10000) {
    return {byte(0xE0U | (code >> 12U)), byte(0x80U | ((code >> 6U) & 63U)),
            byte(0x80U | (code & 63U))};
  }
  return {byte(0xF0U | (code >> 18U)), byte(0x80U | ((code >> 12U) & 63U)),
          byte(0x80U | ((code >> 6U) & 63U)), byte(0x80U | (code & 63U))};
}

std::uint32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead;
  std::uint32_t code = lead & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1)) {
    code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return code;
}

std::string upper(std::string_view text) { return in_case(text, true); }
std::string lower(std::string_view text) { return in_case(text, false); }

std::string capitalize(std::string_view text) {
  if (text.empty()) return {};
  const std::size_t first = size_at(text, 0);
  return upper(text.substr(0, first)) + lower(text.substr(first));
}

bool is_upper(std::string_view text) { return only_case(text, true); }
bool is_lower(std::string_view text) { return only_case(text, false); }

bool is_letter(std::string_view character) {
  const std::uint32_t code = code_point(character);
  if (code < 0x80) return (code | 0x20U) >= 'a' && (code | 0x20U) <= 'z';
  locale_t locale = case_locale();
  return locale != nullptr && iswalpha_l(static_cast<wint_t>(code), locale) != 0;
}

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = size_at(text, at);
    if (!ends_line(code_point(text.substr(at, size)))) {
      at += size;
      continue;
    }
    const std::size_t end = at + (text.substr(at, 2) == "\r\n" ? 2 : size);
    out.push_back(text.substr(begin, (keep_ends ? end : at) - begin));
    begin = at = end;
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
  return out;
}

bool is_white(std::string_view character) {
  const std::uint32_t code = code_point(character);
  return ends_line(code) || code == ' ' || code == '\t' || code == 0x1F || code == 0xA0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F ||
         code == 0x3000;
}

}  // namespace holdfast::jinja
