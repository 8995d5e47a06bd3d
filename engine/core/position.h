#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace holdfast {

/// A file that the user wrote, kept while anything points into it, so that an error can quote its
/// line.
struct Source {
  std::string path;  ///< As the user would type it: relative to the project where it lies inside.
  std::string text;
};

/// A place in a source. Lines and columns count from 1, columns in bytes; line 0 means "nowhere".
struct Position {
  std::shared_ptr<const Source> source{};
  int line = 0;
  int column = 0;
  int length = 1;  ///< Bytes to underline, within the line.

  bool known() const { return source != nullptr && line > 0; }
  /// "file:line:column", or "" where unknown.
  std::string text() const;
  /// The whole line, without its end; "" where unknown.
  std::string_view line_text() const;
};

/// Orders by file, then line, then column; unknown places last.
bool operator<(const Position& a, const Position& b);

}  // namespace holdfast
