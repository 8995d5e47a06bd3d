#include "resources/authorized_key_line.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

bool is_key_type(std::string_view word) {
  return (starts_with(word, "ssh-") || starts_with(word, "ecdsa-sha2-") ||
          starts_with(word, "sk-")) &&
         word.find_first_of("\"=,") == std::string_view::npos;
}

/// The end of a word in which double quotes may hold spaces.
std::size_t end_of_word(std::string_view text) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '"') {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[at] == ' ' || text[at] == '\t')) {
      return at;
    }
  }
  return text.size();
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = end_of_word(text);
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

}  // namespace

std::optional<AuthorizedKeyLine> read_authorized_key(std::string_view line) {
  std::string_view rest = trim(line);
  if (rest.empty() || rest.front() == '#') return std::nullopt;
  AuthorizedKeyLine out;
  std::string_view type = take_word(rest);
  if (!is_key_type(type)) {
    out.options = std::string(type);
    type = take_word(rest);
  }
  const std::string_view blob = take_word(rest);
  if (!is_key_type(type) || !starts_with(blob, "AAAA")) return std::nullopt;
  out.key = std::string(type) + " " + std::string(blob);
  out.comment = std::string(rest);
  return out;
}

std::string text_of(const AuthorizedKeyLine& line) {
  std::string out = line.options.empty() ? "" : line.options + " ";
  out += line.key;
  return line.comment.empty() ? out : out + " " + line.comment;
}

}  // namespace holdfast
