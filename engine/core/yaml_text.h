#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/yaml.h"

namespace holdfast {

/// A YAML file's bytes beside the events that a parser makes of them: how a scalar was written, and
/// what the parser lets pass. Lines and columns of `at` count from 0, as yaml-cpp's do.
class YamlText {
 public:
  /// A scalar as it stands in the file.
  struct Scalar {
    YamlNode::Style style = YamlNode::Style::Plain;
    Position start{};  ///< First byte of the text, behind tag, anchor, quote or `|` line.
    Position end{};    ///< Just behind it; unknown where a plain text spans lines.
    int length = 1;    ///< Bytes on the first line, tag included.
    int block_indent = 0;
    bool unclosed = false;
  };

  explicit YamlText(std::shared_ptr<const Source> source);

  /// @errors HF1005 with the place of the first byte that isn't UTF-8.
  Result<void> check() const;
  Position at(int line, int column) const;
  Position at(std::size_t offset) const;
  std::string_view rest(const Position& where) const;
  Scalar scalar(const Position& where, std::string_view value) const;
  /// The value with all newlines at its end: of a quoted text yaml-cpp 0.7 keeps one at most, where
  /// n empty lines stand for n of them (YAML 1.2.2, 6.5).
  std::string with_all_newlines(const Scalar& written, std::string value) const;
  /// "~", "null", "Null" or "NULL" if it stands there, else "".
  std::string null_word(const Position& where) const;
  /// The '-' of a list's item that nothing is behind; `where` is what comes next in the file.
  Position dash_before(const Position& where) const;
  /// A tab in the white space that begins the line, if `where` is the first thing on it.
  Position tab_before(const Position& where) const;
  /// Whether `:` comes next on the line, or the line began with `? `.
  bool colon_follows(const Position& where) const;
  /// A `{{` that begins an unquoted value on this line (from 1).
  Position unquoted_braces(int line) const;

 private:
  std::size_t offset(const Position& where) const;
  std::string_view line(std::size_t index) const;
  std::size_t skip_properties(std::size_t from) const;
  void read_quoted(Scalar& out, std::size_t from) const;
  void read_block(Scalar& out, std::size_t from, std::string_view value) const;

  std::shared_ptr<const Source> source_;
  std::size_t bom_ = 0;  ///< Bytes of a byte order mark, which yaml-cpp doesn't count.
  std::vector<std::size_t> starts_;
};

}  // namespace holdfast
