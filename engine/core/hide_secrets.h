#pragma once

#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast {

/// The value with every secret in it unknown.
Value without_secrets(const Value& value);

/// Replaces a secret by "(secret)": the whole of it and each of its lines, as they are or
/// printable. Pieces of fewer than four bytes would mask ordinary words.
void hide_secret(std::string& text, std::string_view secret);

/// What an error says without the secrets of a value: neither a secret nor, in quotes, a part of
/// one.
void hide_secrets(Error& error, const Value& value);

}  // namespace holdfast
