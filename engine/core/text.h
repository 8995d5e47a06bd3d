#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most
/// U+10FFFF).
bool valid_utf8(std::string_view bytes);

/// Makes a text safe to show: control characters (tab included, newline included), DEL, C1
/// controls, bidirectional marks (U+202A to U+202E, U+2066 to U+2069, U+200E, U+200F), U+2028,
/// U+2029 and invalid UTF-8 become visible escapes (\n, \x1b, \u202e), so no value can forge a
/// line, a colour or a CI command. Everything that prints a value goes through it.
std::string printable(std::string_view text);
/// The same, but newlines and tabs stay: for whole texts shown line by line.
std::string printable_lines(std::string_view text);
/// The beginning of a text, printable: at most so many of its bytes, no character cut, "…" where it
/// goes on.
std::string excerpt(std::string_view text, std::size_t bytes = 200);
/// An excerpt of 60 bytes between quotes.
std::string in_quotes(std::string_view text);

std::vector<std::string_view> split(std::string_view text, char separator);
/// Lines without their ends; no last empty one after a final newline.
std::vector<std::string_view> lines(std::string_view text);
std::string_view trim(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string to_lower(std::string_view text);
bool starts_with(std::string_view text, std::string_view prefix);
bool ends_with(std::string_view text, std::string_view suffix);
/// "/a//b/./c/" becomes "/a/b/c"; ".." is kept as it is, for the caller to refuse.
std::string normalise_path(std::string_view path);
/// "/a/b" of "/a/b/c"; "/" of "/a"; "" of "/".
std::string parent_path(std::string_view path);
/// Whether a path is `top`, or lies somewhere in it.
bool is_within(std::string_view path, std::string_view top);

}  // namespace holdfast
