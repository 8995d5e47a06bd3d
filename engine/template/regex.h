#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/template/budget.h"

namespace holdfast::jinja {

struct RegexFlags {
  bool ignore_case = false;
  bool multiline = false;
};

/// One match: group 0 is the whole; a group that took no part is nothing.
struct RegexMatch {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<std::optional<std::string_view>> groups{};
};

/// A regular expression in RE2's syntax, which is Python's without look-around and back-references,
/// and takes linear time. Patterns up to 4 KiB, subjects up to 1 MiB.
class Regex {
 public:
  /// @errors HF2104 not a pattern, HF2105 too large.
  static Result<Regex> compile(std::string_view pattern, RegexFlags flags, Budget& budget);
  /// The first match at or after `from`. @param anchored  Only a match that begins there.
  Result<std::optional<RegexMatch>> find(std::string_view subject, std::size_t from, bool anchored,
                                         Budget& budget) const;
  /// All that don't overlap, as Python's finditer.
  Result<std::vector<RegexMatch>> find_all(std::string_view subject, Budget& budget) const;
  /// How many groups; which number a name has, if any.
  std::size_t groups() const;
  std::optional<std::size_t> group_named(const std::string& name) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace holdfast::jinja
