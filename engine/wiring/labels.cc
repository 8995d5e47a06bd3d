#include "engine/wiring/labels.h"

#include <algorithm>

#include "engine/core/suggest.h"

namespace holdfast {
namespace {

constexpr std::string_view kSpecial = "\\.+*?()[]{}^$";

std::string without_digits(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

}  // namespace

bool misspelt(std::string_view name, std::string_view meant) {
  return name != meant && without_digits(name) != without_digits(meant) &&
         !nearest(name, {std::string(meant)}).empty();
}

std::optional<std::vector<std::string>> plain_choices(std::string_view regex) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const char c = regex[i];
    if (c == '|') {
      out.emplace_back();
    } else if (c == '\\' && i + 1 < regex.size() &&
               (kSpecial.find(regex[i + 1]) != std::string_view::npos || regex[i + 1] == '-' ||
                regex[i + 1] == '/' || regex[i + 1] == '|')) {
      out.back() += regex[++i];
    } else if (kSpecial.find(c) != std::string_view::npos) {
      return std::nullopt;
    } else {
      out.back() += c;
    }
  }
  return out;
}

Matches matches(const LabelMatcher& matcher, std::string_view value) {
  if (matcher.variable) return Matches::Maybe;
  const bool negative = matcher.op[0] == '!';
  const auto as = [&](bool equal) { return equal != negative ? Matches::Yes : Matches::No; };
  if (matcher.op == "=" || matcher.op == "!=") return as(matcher.value == value);
  if (const auto choices = plain_choices(matcher.value)) {
    return as(std::find(choices->begin(), choices->end(), value) != choices->end());
  }
  if (matcher.value == ".*") return as(true);
  if (matcher.value == ".+") return as(!value.empty());
  return Matches::Maybe;
}

}  // namespace holdfast
