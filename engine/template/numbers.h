#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/core/error.h"

namespace holdfast::jinja {

/// Of ASCII.
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct WholeText {
  enum class Read { Yes, No, TooLarge } read = Read::No;
  std::int64_t value = 0;
};

/// Python's int(text, base): white space around, a sign, underscores, 0x 0o 0b where they fit.
WholeText read_whole(std::string_view text, int base);
/// Python's float(text): also inf and nan.
std::optional<double> read_real(std::string_view text);
/// Towards 0. @errors HF2104 not finite, HF2105 more than 64 bits.
Result<std::int64_t> truncated(double number);
/// Python's round: to the nearest number of so many decimals, halves to even.
double rounded(double number, int decimals);

}  // namespace holdfast::jinja
