#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// One line of a unified diff. The text is raw: whoever prints it makes it printable.
struct DiffLine {
  char mark = ' ';  ///< ' ', '+', '-'; '@': a hunk's head; '\\': the line before ends the file
                    ///< without a newline.
  std::string text;
};

struct TextDiff {
  std::vector<DiffLine> lines{};
  std::size_t added = 0;
  std::size_t removed = 0;
};

/// Unified diff with three lines of context, without the two lines that name files. The shortest
/// script where it takes at most some thousand edits; else the differing middle as one removal and
/// one addition. Empty where the texts are equal.
TextDiff diff_texts(std::string_view before, std::string_view after);

}  // namespace holdfast
