#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// For text and attributes of XML alike. What XML 1.0 can't hold, not even escaped, is made
/// visible.
std::string xml_text(std::string_view text);

}  // namespace holdfast
