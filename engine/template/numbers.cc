#include "engine/template/numbers.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/core/text.h"

namespace holdfast::jinja {
namespace {

/// Takes single underscores between digits out; false where one stands elsewhere.
bool without_underscores(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
      continue;
    }
    const bool inside = i > 0 && i + 1 < text.size() && text[i - 1] != '_' && text[i + 1] != '_';
    if (!inside) return false;
  }
  return true;
}

/// The base that a prefix names: 16 for 0x, 8 for 0o, 2 for 0b; else 0.
int prefix_base(std::string_view text) {
  if (text.size() < 3 || text[0] != '0') return 0;
  const char mark = static_cast<char>(text[1] | 0x20);
  return mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
}

}  // namespace

WholeText read_whole(std::string_view text, int base) {
  text = trim(text);
  const bool negative = starts_with(text, "-");
  if (negative || starts_with(text, "+")) text.remove_prefix(1);
  const int named = prefix_base(text);
  if (named != 0 && (base == 0 || base == named)) {
    base = named;
    text.remove_prefix(2);
    if (starts_with(text, "_")) text.remove_prefix(1);
  } else if (base == 0) {
    // Python refuses "012" where it is to guess the base.
    if (text.size() > 1 && text[0] == '0' &&
        text.find_first_not_of("0_") != std::string_view::npos) {
      return {};
    }
    base = 10;
  }
  std::string digits = negative ? "-" : "";
  if (text.empty() || !without_underscores(text, digits) || text[0] == '-' || text[0] == '+') {
    return {};
  }
  WholeText out;
  const auto [stop, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.value, base);
  if (stop != digits.data() + digits.size()) return {};
  out.read = error == std::errc() ? WholeText::Read::Yes : WholeText::Read::TooLarge;
  return out;
}

std::optional<double> read_real(std::string_view text) {
  text = trim(text);
  std::string written;
  if (text.size() > 400 || !without_underscores(text, written) || written.empty()) {
    return std::nullopt;
  }
  const std::string lower = to_lower(written);
  const std::string_view word =
      std::string_view(lower).substr(lower[0] == '-' || lower[0] == '+' ? 1 : 0);
  const bool named = word == "inf" || word == "infinity" || word == "nan";
  const bool plain =
      !word.empty() &&
      (is_digit(word[0]) || (word[0] == '.' && word.size() > 1 && is_digit(word[1]))) &&
      word.find_first_not_of("0123456789.e+-") == std::string_view::npos;
  if (!named && !plain) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(lower.c_str(), &end);
  if (end != lower.c_str() + lower.size()) return std::nullopt;
  return number;
}

Result<std::int64_t> truncated(double number) {
  if (std::isnan(number) || std::isinf(number)) {
    return fail(Code::TemplateType, "a number that isn't finite is no whole number");
  }
  if (number >= 9223372036854775808.0 || number < -9223372036854775808.0) {
    return fail(Code::TemplateLimit, "the number has more than 64 bits");
  }
  return static_cast<std::int64_t>(number);
}

double rounded(double number, int decimals) {
  if (std::isnan(number) || std::isinf(number)) return number;
  if (decimals < 0) {
    const double scale = std::pow(10.0, -decimals);
    return std::nearbyint(number / scale) * scale;
  }
  // printf rounds the exact binary value, as Python does.
  std::string text(static_cast<std::size_t>(decimals) + 400, '\0');
  const int size = std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  text.resize(static_cast<std::size_t>(size));
  return std::strtod(text.c_str(), nullptr);
}

}  // namespace holdfast::jinja
