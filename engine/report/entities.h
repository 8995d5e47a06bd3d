#pragma once

#include <string_view>

namespace holdfast {

/// What stands in XML and HTML for a character of their own; "" : itself. Not for "'", which has
/// another name in each.
constexpr std::string_view entity_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return {};
  }
}

}  // namespace holdfast
