#include "engine/template/text_functions.h"

#include <algorithm>

#include "engine/template/unicode.h"

namespace holdfast::jinja {

std::string strip(std::string_view text, const std::optional<std::string>& chars, bool left,
                  bool right) {
  const std::vector<std::string_view> all = characters(text);
  std::vector<std::string_view> unwanted = characters(chars ? *chars : std::string_view());
  std::sort(unwanted.begin(), unwanted.end());
  const auto dropped = [&](std::string_view character) {
    if (!chars) return is_white(character);
    return std::binary_search(unwanted.begin(), unwanted.end(), character);
  };
  std::size_t begin = 0;
  std::size_t end = all.size();
  while (left && begin < end && dropped(all[begin])) ++begin;
  while (right && end > begin && dropped(all[end - 1])) --end;
  std::string out;
  for (std::size_t i = begin; i < end; ++i) out += all[i];
  return out;
}

Result<std::string> replaced(std::string_view text, std::string_view old, std::string_view fresh,
                             std::int64_t count, Budget& budget) {
  std::string out;
  std::size_t at = 0;
  while (count != 0) {
    // An empty text is found before every character and at the end.
    const std::size_t found = text.find(old, at);
    if (found == std::string_view::npos) break;
    out += text.substr(at, found - at);
    out += fresh;
    --count;
    at = found + old.size();
    if (out.size() > kMaxText || !budget.spend_text(fresh.size())) {
      return fail(Code::TemplateLimit, "replacing makes a text of more than 16 MiB");
    }
    if (!old.empty()) continue;
    if (at >= text.size()) return out;
    const std::string_view character = characters(text.substr(at, 4)).front();
    out += character;
    at += character.size();
    if (!budget.spend_items(8)) return out;
  }
  out += text.substr(at);
  budget.spend_text(out.size());
  return out;
}

Result<ValueList> split_words(std::string_view text, const std::optional<std::string>& separator,
                              std::int64_t times, Budget& budget) {
  ValueList out;
  if (!budget.spend_text(text.size())) return out;
  if (separator) {
    for (; times != 0 && budget.spend_items(8); --times) {
      const auto found = text.find(*separator);
      if (found == std::string_view::npos) break;
      out.emplace_back(text.substr(0, found));
      text.remove_prefix(found + separator->size());
    }
    out.emplace_back(text);
    return out;
  }
  const std::vector<std::string_view> all = characters(text);
  for (std::size_t i = 0; budget.spend_items(8);) {
    while (i < all.size() && is_white(all[i])) ++i;
    if (i == all.size()) break;
    const auto begin = static_cast<std::size_t>(all[i].data() - text.data());
    if (times-- == 0) {
      out.emplace_back(strip(text.substr(begin), std::nullopt, false, true));
      break;
    }
    while (i < all.size() && !is_white(all[i])) ++i;
    const std::size_t end =
        i < all.size() ? static_cast<std::size_t>(all[i].data() - text.data()) : text.size();
    out.emplace_back(text.substr(begin, end - begin));
  }
  return out;
}

Result<ValueList> split_words_from_end(std::string_view text, const std::string& separator,
                                       std::int64_t times, Budget& budget) {
  ValueList out;
  for (; times != 0 && budget.spend_items(8); --times) {
    const auto found = text.rfind(separator);
    if (found == std::string_view::npos) break;
    out.emplace_back(text.substr(found + separator.size()));
    text = text.substr(0, found);
  }
  out.emplace_back(text);
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::string> padded(std::string_view text, std::int64_t width, std::string_view fill,
                           Padding where) {
  constexpr std::int64_t kMaxWidth = 100'000;
  if (width > kMaxWidth) {
    return fail(Code::TemplateLimit, "a width of more than " + std::to_string(kMaxWidth));
  }
  const auto size = static_cast<std::int64_t>(character_count(text));
  if (width <= size) return std::string(text);
  const std::int64_t missing = width - size;
  // Python puts the odd one to the left where the width is odd as well.
  const std::int64_t left = where == Padding::Left    ? missing
                            : where == Padding::Right ? 0
                                                      : missing / 2 + (missing & width & 1);
  std::string out;
  for (std::int64_t i = 0; i < left; ++i) out += fill;
  out += text;
  for (std::int64_t i = left; i < missing; ++i) out += fill;
  return out;
}

}  // namespace holdfast::jinja
