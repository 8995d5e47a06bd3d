#include "engine/template/source_text.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast::jinja {

Position SourceText::at(Span span) const {
  Position place = where;
  if (!where.known()) return place;
  const std::string_view whole = text;
  const std::size_t offset = std::min(span.offset, whole.size());
  const std::string_view before = whole.substr(0, offset);
  const auto breaks = std::count(before.begin(), before.end(), '\n');
  if (breaks == 0) {
    place.column += static_cast<int>(offset);
  } else {
    place.line += static_cast<int>(breaks);
    place.column = block_indent + static_cast<int>(offset - before.rfind('\n'));
  }
  const std::string_view marked = whole.substr(offset, span.length);
  place.length =
      static_cast<int>(std::max<std::size_t>(1, marked.substr(0, marked.find('\n')).size()));
  return place;
}

}  // namespace holdfast::jinja
