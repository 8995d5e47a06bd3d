#pragma once

#include <string>
#include <string_view>

#include "engine/core/position.h"

namespace holdfast {

/// What stands in the place of a secret.
inline constexpr const char* kSecretShown = "(secret)";

/// A line of a user's file as an error may show it.
struct QuotedLine {
  std::string text;
  std::size_t column = 0;  ///< What is marked, in bytes from 0.
  std::size_t length = 1;
};

/// The line, and nothing that may be a secret: what stands behind a name that sounds like one, the
/// default of a secret input, a URL's password; and, where several values share the line, those
/// that nobody means, because a manifest elsewhere may call any of them a secret. Told by the text
/// alone, since a file that can't be read has secrets, too.
QuotedLine quoted_line(const Position& where);

}  // namespace holdfast
