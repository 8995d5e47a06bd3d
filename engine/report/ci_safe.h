#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Whole output, made safe for a CI job's log: a runner takes a line that begins with "::name::"
/// (blanks before it don't count), or "##[name]", "##vso[…]" anywhere in one, as a command. The
/// first character of such a mark becomes a visible escape (\x3a, \x23). For text that people read;
/// annotations, which are commands, don't go through it.
std::string ci_safe(std::string_view text);

/// Every line of `text` moved right by `blanks`; empty lines stay empty.
std::string indented(std::string_view text, std::size_t blanks);

/// "1 host", "3 hosts".
std::string counted(std::size_t number, std::string_view noun);

}  // namespace holdfast
