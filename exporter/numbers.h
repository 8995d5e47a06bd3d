#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::exporter {

/// The whole text as a decimal number, without a sign.
template <class Number = std::uint64_t>
std::optional<Number> whole_number(std::string_view text) {
  Number out{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || text.front() == '-' || problem != std::errc() ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  return out;
}

/// The number that `text` begins with, after blanks; it is taken off.
inline std::optional<std::uint64_t> take_number(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = text.find_first_not_of("0123456789", begin);
  const auto out = whole_number(text.substr(begin, end - begin));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  return out;
}

}  // namespace holdfast::exporter
