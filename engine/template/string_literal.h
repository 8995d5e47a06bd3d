#pragma once

#include <string>
#include <string_view>

#include "engine/core/error.h"

namespace holdfast::jinja {

/// Resolves the backslash escapes of a text literal as Python does: \n \t \\ \' \" \xhh \uhhhh
/// \Uhhhhhhhh, octal, a backslash before a line's end; any other backslash stays.
Result<std::string> unescape(std::string_view literal);

}  // namespace holdfast::jinja
