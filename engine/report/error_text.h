#pragma once

#include <string>

#include "engine/core/error.h"

namespace holdfast {

/// An error for people: place, what is wrong, its number, the line with a caret under it, hint,
/// notes. Ends with a newline. Nothing in it can forge a line or a colour, whatever the message
/// quotes.
std::string error_text(const Error& error, bool colour);
/// The same, called a warning.
std::string warning_text(const Error& warning, bool colour);
/// All errors, at most 50, then how many more there are. "" where there is none.
std::string errors_text(const Diagnostics& diagnostics, bool colour);
std::string warnings_text(const Diagnostics& diagnostics, bool colour);

}  // namespace holdfast
