#include "engine/report/html_escaped.h"

#include "engine/core/text.h"
#include "engine/report/entities.h"

namespace holdfast {

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : printable_lines(text)) {
    const std::string_view entity = c == '\'' ? "&#39;" : entity_of(c);
    if (entity.empty()) {
      out += c;
    } else {
      out += entity;
    }
  }
  return out;
}

}  // namespace holdfast
