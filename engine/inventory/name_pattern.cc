#include "engine/inventory/name_pattern.h"

#include <algorithm>
#include <regex>

#include "engine/core/text.h"
#include "engine/inventory/python_text.h"

namespace holdfast {
namespace {

std::wstring wide(std::string_view text) {
  std::wstring out;
  for (const char32_t c : code_points(text)) out += static_cast<wchar_t>(c);
  return out;
}

/// Python's notation in ECMAScript's: named groups, \A and \Z.
std::string translated(std::string_view python) {
  std::string out;
  for (std::size_t i = 0; i < python.size(); ++i) {
    const std::string_view rest = python.substr(i);
    if (starts_with(rest, "\\A") || starts_with(rest, "\\Z")) {
      out += rest[1] == 'A' ? '^' : '$';
      ++i;
    } else if (starts_with(rest, "\\")) {
      out += rest.substr(0, 2);
      ++i;
    } else if (starts_with(rest, "(?P<") && rest.find('>') != std::string_view::npos) {
      out += '(';
      i += rest.find('>');
    } else {
      out += python[i];
    }
  }
  return out;
}

}  // namespace

struct NamePattern::Regex {
  std::wregex compiled;
};

bool NamePattern::Item::fits(char32_t c) const {
  if (kind == Kind::Any) return true;
  if (kind == Kind::Literal) return c == literal;
  const bool inside = std::any_of(ranges.begin(), ranges.end(),
                                  [&](const auto& r) { return r.first <= c && c <= r.second; });
  return inside != negated;
}

NamePattern::Item NamePattern::parse_set(std::u32string_view inside) {
  Item out{.kind = Item::Kind::Set};
  std::size_t at = 0;
  if (!inside.empty() && inside[0] == U'!') {
    out.negated = true;
    ++at;
  }
  while (at < inside.size()) {
    const bool range = at + 2 < inside.size() && inside[at + 1] == U'-';
    out.ranges.emplace_back(inside[at], inside[range ? at + 2 : at]);
    at += range ? 3 : 1;
  }
  return out;
}

Result<NamePattern> NamePattern::parse(std::string_view text) {
  NamePattern out;
  if (starts_with(text, "~")) {
    text.remove_prefix(1);
    auto flags = std::regex::ECMAScript;
    if (starts_with(text, "(?i)")) {
      text.remove_prefix(4);
      flags |= std::regex::icase;
    }
    try {
      // The polynomial matcher can't be made to run for ever.
      out.regex_ = std::make_shared<const Regex>(
          Regex{std::wregex(wide(translated(text)), flags | std::regex_constants::__polynomial)});
    } catch (const std::regex_error& thrown) {
      return fail(Code::PatternInvalid, "'~" + printable(text) +
                                            "' is no regular expression that holdfast can use: " +
                                            printable(thrown.what()));
    }
    return out;
  }
  const std::u32string glob = code_points(text);
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char32_t c = glob[i];
    if (c == U'*' || c == U'?') {
      out.glob_.push_back({.kind = c == U'*' ? Item::Kind::Star : Item::Kind::Any});
      continue;
    }
    // A ] right behind [ or [! belongs to the set.
    std::size_t from = i + 1;
    if (from < glob.size() && glob[from] == U'!') ++from;
    const auto close = c == U'[' ? glob.find(U']', from + 1) : std::u32string::npos;
    if (close == std::u32string::npos) {
      out.glob_.push_back({.literal = c});
      continue;
    }
    out.glob_.push_back(parse_set(std::u32string_view(glob).substr(i + 1, close - i - 1)));
    i = close;
  }
  return out;
}

bool NamePattern::matches(std::string_view name) const {
  if (regex_) {
    return std::regex_search(wide(name), regex_->compiled, std::regex_constants::match_continuous);
  }
  const std::u32string text = code_points(name);
  std::size_t item = 0;
  std::size_t at = 0;
  std::size_t star = std::string::npos;  // The last star seen, and where it gave up matching.
  std::size_t star_at = 0;
  while (at < text.size()) {
    if (item < glob_.size() && glob_[item].kind == Item::Kind::Star) {
      star = item++;
      star_at = at;
    } else if (item < glob_.size() && glob_[item].fits(text[at])) {
      ++item;
      ++at;
    } else if (star != std::string::npos) {
      item = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  while (item < glob_.size() && glob_[item].kind == Item::Kind::Star) ++item;
  return item == glob_.size();
}

}  // namespace holdfast
