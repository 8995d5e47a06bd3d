#include "engine/core/position.h"

#include <tuple>

namespace holdfast {

std::string Position::text() const {
  if (!known()) return source ? source->path : std::string();
  return source->path + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string_view Position::line_text() const {
  if (!known()) return {};
  std::string_view rest = source->text;
  for (int i = 1; i < line; ++i) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return rest;
}

bool operator<(const Position& a, const Position& b) {
  if (a.known() != b.known()) return a.known();
  if (!a.known()) return false;
  return std::tie(a.source->path, a.line, a.column) < std::tie(b.source->path, b.line, b.column);
}

}  // namespace holdfast
