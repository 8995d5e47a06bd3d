#include "resources/promql/regex.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// After the '[' at `at`: past its ']', or npos.
std::size_t past_class(std::string_view regex, std::size_t at) {
  std::size_t i = at + 1;
  if (i < regex.size() && regex[i] == '^') ++i;
  if (i < regex.size() && regex[i] == ']') ++i;
  while (i < regex.size() && regex[i] != ']') {
    if (regex[i] == '\\') ++i;
    if (regex[i] == '[' && i + 1 < regex.size() && regex[i + 1] == ':') {
      const std::size_t end = regex.find(":]", i);
      if (end != std::string_view::npos) i = end + 1;
    }
    ++i;
  }
  return i < regex.size() ? i + 1 : std::string_view::npos;
}

}  // namespace

std::optional<std::string> regex_problem(std::string_view regex) {
  int depth = 0;
  bool repeatable = false;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const char c = regex[i];
    const std::string_view rest = regex.substr(i);
    if (c == '\\') {
      if (i + 1 == regex.size()) return "it ends in a backslash";
      if (starts_with(rest, "\\Q")) {
        const std::size_t end = regex.find("\\E", i);
        if (end == std::string_view::npos) return std::nullopt;
        i = end;
      } else if (is_digit(regex[i + 1]) && regex[i + 1] != '0') {
        return "RE2 has no references back (\\" + std::string(1, regex[i + 1]) + ")";
      }
      ++i;
      repeatable = true;
    } else if (c == '[') {
      const std::size_t end = past_class(regex, i);
      if (end == std::string_view::npos) return "a '[' is never closed";
      i = end - 1;
      repeatable = true;
    } else if (c == '(') {
      for (const std::string_view look : {"(?=", "(?!", "(?<=", "(?<!"}) {
        if (starts_with(rest, look))
          return "RE2 looks neither ahead nor back (" + std::string(look) + ")";
      }
      ++depth;
      repeatable = false;
      if (starts_with(rest, "(?")) {
        const std::size_t end = rest.find_first_of(":>)");
        if (end == std::string_view::npos) return "a '(' is never closed";
        if (rest[end] == ')') --depth;
        i += end;
      }
    } else if (c == ')') {
      if (--depth < 0) return "a ')' closes nothing";
      repeatable = true;
    } else if (c == '*' || c == '+' || c == '?') {
      if (!repeatable) return "nothing stands before '" + std::string(1, c) + "'";
      // x*? is lazy; x** is an error of RE2's.
      if (i + 1 < regex.size() && regex[i + 1] == '?') ++i;
      if (i + 1 < regex.size() && (regex[i + 1] == '*' || regex[i + 1] == '+')) {
        return "'" + std::string(regex.substr(i, 2)) + "' repeats a repetition";
      }
    } else {
      repeatable = c != '|';
    }
  }
  return depth > 0 ? std::optional<std::string>("a '(' is never closed") : std::nullopt;
}

}  // namespace holdfast
