#pragma once

#include <string_view>
#include <vector>

namespace holdfast {

/// Whether a variable or an attribute of that name holds a secret, slips of the pen allowed.
bool sounds_secret(std::string_view name);
/// Whether a text has a word that does.
bool speaks_of_secrets(std::string_view text);

/// Of a name's: letters, digits, '_', '-', '.', and all beyond ASCII.
bool name_byte(char c);
std::vector<std::string_view> name_words(std::string_view text);

}  // namespace holdfast
