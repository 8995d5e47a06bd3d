#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Printable text for HTML's elements and quoted attributes; newlines and tabs stay.
std::string html_escaped(std::string_view text);

}  // namespace holdfast
