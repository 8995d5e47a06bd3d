#include "engine/report/ci_safe.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Whether "##" at `at` begins a command: letters, then a bracket.
bool hash_command(std::string_view line, std::size_t at) {
  at += 2;
  while (at < line.size() && letter(line[at])) ++at;
  return at < line.size() && line[at] == '[';
}

std::string safe_line(std::string_view line) {
  std::string out;
  const auto first = line.find_first_not_of(" \t");
  if (first != std::string_view::npos && line.substr(first, 2) == "::" &&
      line.find("::", first + 2) != std::string_view::npos) {
    out = std::string(line.substr(0, first)) + "\\x3a";
    line.remove_prefix(first + 1);
  }
  for (std::size_t at = line.find("##"); at != std::string_view::npos;
       at = line.find("##", at + 1)) {
    if (!hash_command(line, at)) continue;
    out += std::string(line.substr(0, at)) + "\\x23";
    line.remove_prefix(at + 1);
    at = 0;
  }
  return out.append(line);
}

}  // namespace

std::string ci_safe(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    const auto end = text.find('\n');
    out += safe_line(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string indented(std::string_view text, std::size_t blanks) {
  std::string out;
  for (const std::string_view line : lines(text)) {
    if (!line.empty()) out += std::string(blanks, ' ') + std::string(line);
    out += '\n';
  }
  return out;
}

std::string counted(std::size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace holdfast
