#include "engine/transport/host_pattern.h"

#include "engine/core/text.h"

namespace holdfast {

bool matches_pattern(std::string_view text, std::string_view pattern) {
  // Greedy with one way back, to the last star: linear in practice, quadratic at worst.
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches_host_pattern(std::string_view host, std::string_view pattern) {
  return matches_pattern(to_lower(host), to_lower(pattern));
}

bool matches_pattern_list(std::string_view host, const std::vector<std::string>& patterns) {
  bool matched = false;
  for (const std::string& pattern : patterns) {
    const bool negated = starts_with(pattern, "!");
    if (!matches_host_pattern(host, std::string_view(pattern).substr(negated ? 1 : 0))) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

bool matches_pattern_list(std::string_view host, std::string_view patterns) {
  std::vector<std::string> list;
  for (const std::string_view pattern : split(patterns, ',')) list.emplace_back(trim(pattern));
  return matches_pattern_list(host, list);
}

}  // namespace holdfast
