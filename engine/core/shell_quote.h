#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// One word of POSIX sh (XCU 2.2.2) that means exactly these bytes. The only place in the project
/// that quotes for a shell. Requires that `word` holds no NUL (no argv can).
std::string shell_quote(std::string_view word);
/// Words joined by spaces.
std::string shell_quote(const std::vector<std::string>& argv);

}  // namespace holdfast
