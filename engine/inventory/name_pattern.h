#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// Matches names by a glob (* ? [abc] [!abc], the whole name), or by a regular expression behind a
/// ~, which must fit from the name's beginning on. Matching takes time linear in the name.
class NamePattern {
 public:
  /// @errors HF1111 a regular expression that can't be read, or looks back at what it matched.
  static Result<NamePattern> parse(std::string_view text);
  bool matches(std::string_view name) const;

 private:
  struct Regex;
  /// One character of a glob, or a star.
  struct Item {
    enum class Kind { Any, Star, Literal, Set } kind = Kind::Literal;
    char32_t literal = 0;
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges{};
    bool fits(char32_t c) const;
  };
  static Item parse_set(std::u32string_view inside);

  std::shared_ptr<const Regex> regex_;
  std::vector<Item> glob_;
};

}  // namespace holdfast
