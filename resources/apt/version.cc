#include "resources/apt/version.h"

#include <string>

#include "engine/core/text.h"

namespace holdfast {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Where a character sorts: '~' before the end, letters before everything else.
int weight(std::string_view text, std::size_t at) {
  if (at >= text.size() || digit(text[at])) return 0;
  if (text[at] == '~') return -1;
  return letter(text[at]) ? text[at] : text[at] + 256;
}

/// The digits that begin here, without leading zeros.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && digit(text[end])) ++end;
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

std::strong_ordering compare_part(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    while ((!a.empty() && !digit(a[0])) || (!b.empty() && !digit(b[0]))) {
      const auto order = weight(a, 0) <=> weight(b, 0);
      if (order != 0) return order;
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
    const std::string_view left = take_number(a);
    const std::string_view right = take_number(b);
    if (const auto longer = left.size() <=> right.size(); longer != 0) return longer;
    if (const auto order = left <=> right; order != 0) return order;
  }
  return std::strong_ordering::equal;
}

struct Version {
  std::string_view epoch, upstream, revision;
};

Version parts(std::string_view text) {
  Version out;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    out.epoch = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const auto dash = text.rfind('-');
  out.upstream = text.substr(0, dash);
  if (dash != std::string_view::npos) out.revision = text.substr(dash + 1);
  return out;
}

}  // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) {
  const Version left = parts(a);
  const Version right = parts(b);
  if (const auto order = compare_part(left.epoch, right.epoch); order != 0) return order;
  if (const auto order = compare_part(left.upstream, right.upstream); order != 0) return order;
  return compare_part(left.revision, right.revision);
}

bool version_matches(std::string_view version, std::string_view wanted) {
  if (!ends_with(wanted, "*")) return version == wanted;
  return starts_with(version, wanted.substr(0, wanted.size() - 1));
}

}  // namespace holdfast
