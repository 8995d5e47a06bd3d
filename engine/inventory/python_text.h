#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

// Ansible's inventories are defined by what Python's text functions do to them; these do the same.

/// The code point that begins at `at`, which moves behind it; a byte that isn't UTF-8 stands for
/// itself. Requires at < text.size().
char32_t next_code_point(std::string_view text, std::size_t& at);
std::u32string code_points(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);

/// str.isspace of one character.
bool python_space(char32_t c);
/// `\w` of a regular expression: letters, digits and the underscore, of any script (approximated
/// outside ASCII: everything but marks, signs and spaces).
bool python_word(char32_t c);
/// str.strip().
std::string_view python_strip(std::string_view text);
/// str.splitlines(): more characters than \n end a line.
std::vector<std::string_view> python_lines(std::string_view text);

/// shlex.split(): words as a POSIX shell would read them, nothing expanded.
/// @param comments  Whether an unquoted # ends the text, even inside a word.
/// @errors HF1101 no closing quote, nothing after a backslash.
Result<std::vector<std::string>> shell_words(std::string_view text, bool comments);

}  // namespace holdfast
