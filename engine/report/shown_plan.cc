#include "engine/report/shown_plan.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/json_parts.h"

namespace holdfast {
namespace {

/// All that Ink and error_text() write; nothing among them hides or overwrites a text.
constexpr std::array<std::string_view, 11> kColours = {
    "\x1b[0m",  "\x1b[1m",  "\x1b[2m",  "\x1b[31m",   "\x1b[32m",  "\x1b[33m",
    "\x1b[34m", "\x1b[35m", "\x1b[36m", "\x1b[1;31m", "\x1b[1;33m"};

std::string_view colour_at(std::string_view text) {
  const auto* found = std::find_if(kColours.begin(), kColours.end(), [&](std::string_view colour) {
    return starts_with(text, colour);
  });
  return found == kColours.end() ? std::string_view() : *found;
}

}  // namespace

std::string plan_text_again(const std::string& text, bool colour) {
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view mark = colour_at(rest);
    if (colour) out += mark;
    rest.remove_prefix(mark.size());
    const std::size_t plain = std::min(rest.find('\x1b', mark.empty() ? 1 : 0), rest.size());
    out += printable_lines(rest.substr(0, plain));
    rest.remove_prefix(plain);
  }
  return ci_safe(out);
}

std::string plan_json_again(const std::string& document) {
  return json_document(nlohmann::ordered_json::parse(document, nullptr, false), 2);
}

}  // namespace holdfast
