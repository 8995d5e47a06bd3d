#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/core/error.h"

namespace holdfast::jinja {

/// A stretch of a template's text, in bytes.
struct Span {
  std::size_t offset = 0;
  std::size_t length = 1;
};

/// A template's text and where it stands in its file.
struct SourceText {
  std::string text;
  Position where{};      ///< Of the text's first byte.
  int block_indent = 0;  ///< Columns that YAML took off each further line.

  std::string_view slice(Span span) const {
    return std::string_view(text).substr(span.offset, span.length);
  }
  /// The place in the file; the underlining stops at the line's end.
  Position at(Span span) const;
};

}  // namespace holdfast::jinja
