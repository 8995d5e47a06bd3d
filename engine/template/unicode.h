#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::jinja {

/// Texts counted as Python counts them: in characters (code points). A byte that is no UTF-8 counts
/// as one character.
std::vector<std::string_view> characters(std::string_view text);
std::size_t character_count(std::string_view text);
std::string encode_utf8(std::uint32_t code);
/// The code point of one of characters()' pieces; a stray byte gives itself.
std::uint32_t code_point(std::string_view character);

/// One character to one character (so "ß" stays "ß").
std::string upper(std::string_view text);
std::string lower(std::string_view text);
/// First character upper, the rest lower.
std::string capitalize(std::string_view text);
/// Python's str.isupper and str.islower: some letter has a case, and none has the other.
bool is_upper(std::string_view text);
bool is_lower(std::string_view text);
bool is_letter(std::string_view character);

/// Python's str.splitlines: also at \r, \v, \f, U+1C to U+1E, U+85, U+2028, U+2029.
/// @param keep_ends  Each line keeps its end.
std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends = false);
/// Whether a character is white space to Python's str.strip and str.split.
bool is_white(std::string_view character);

}  // namespace holdfast::jinja
