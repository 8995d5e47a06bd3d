#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// An item of a list in a YAML text of somebody else's, with the bytes that it stands on: whole
/// lines, with the comments just above it that say `holdfast`.
struct YamlListItem {
  std::size_t begin = 0, end = 0;
  std::string mark{};  ///< Such a comment, without its "# ".
  Value value{};
};

/// The list at the end of a path of one or two keys, in a text that is edited in place and
/// otherwise stays as it is (yaml/edit_list.sh).
struct YamlListText {
  Value root{};  ///< All that the text says.
  std::vector<YamlListItem> items{};
  std::string odd{};  ///< Why items can't be edited, though the text can be read.
};

/// Where a text can't be read, from 1.
struct YamlMistake {
  int line = 0, column = 0;
  std::string what{};
};

/// @return nullopt where the text is no YAML, or not one map; with `mistake` set.
std::optional<YamlListText> read_yaml_list(std::string_view text,
                                           const std::vector<std::string>& path,
                                           YamlMistake& mistake);

/// The program that edits one item of a list, and takes that back (edit_list.sh).
struct YamlListEdit {
  std::string file{};
  std::vector<std::string> path{};  ///< One or two keys.
  std::string check{};              ///< A program of sh: "$1" is the new text's path. "": none.
  Value old{};                      ///< The item's bytes as they stand there. Null: it is new.
  std::string item{};               ///< Its lines from the left edge on. "": it goes.
  std::string note{};
};
Run edit_list(const YamlListEdit& edit);

/// A value as YAML lines that begin at `indent`, each ended. Texts are quoted where they would
/// else be read as something else.
std::string yaml_lines(const Value& value, std::size_t indent = 0);
/// A list item: its first line begins with "- ".
std::string yaml_item(const Value& value);
/// One scalar, as it stands behind a key.
std::string yaml_scalar(const Value& value);

}  // namespace holdfast
