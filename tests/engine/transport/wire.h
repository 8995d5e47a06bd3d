#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// A string as SSH sends it: behind its length in four bytes.
inline std::string wire(std::string_view text) {
  std::string out(3, '\0');
  out += static_cast<char>(text.size());
  return out.append(text);
}

}  // namespace holdfast
