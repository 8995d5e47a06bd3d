#include "engine/apply/blame.h"

#include <algorithm>

namespace holdfast {
namespace {

/// Whether a name could go on with this character.
bool goes_on(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_@+/").find(c) != std::string_view::npos;
}

bool names(std::string_view said, std::string_view name) {
  if (name.empty()) return false;
  for (auto at = said.find(name); at != std::string_view::npos; at = said.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !goes_on(said[at - 1]);
    if (begins && (end == said.size() || !goes_on(said[end]))) return true;
  }
  return false;
}

}  // namespace

std::vector<std::size_t> blame(const Plan& plan, std::vector<std::size_t> rows,
                               std::string_view said) {
  const auto name = [&](std::size_t row) -> std::string_view {
    return plan.declarations[row].resource.name;
  };
  auto first = rows.end();
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    if (!names(said, name(*row))) continue;
    if (first == rows.end() || name(*row).size() > name(*first).size()) first = row;
  }
  if (first != rows.end()) std::rotate(rows.begin(), first, first + 1);
  return rows;
}

}  // namespace holdfast
