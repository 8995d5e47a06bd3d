#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// The stable number of an error. A number is never reused; what each means is in its area's
/// codes/*.def, from which docs/errors.md and `holdfast explain HFnnnn` are made.
enum class Code : int {
  None = 0,
#define HF_CODE(number, name, title, help) name = number,
#include "engine/core/codes/all.def"
#undef HF_CODE
};

struct CodeEntry {
  Code code;
  std::string_view title;  ///< What is wrong, in a line.
  std::string_view help;   ///< Why it happens and what to do.
};

/// Every code, by number.
const std::vector<CodeEntry>& all_codes();
/// nullptr where there is none.
const CodeEntry* find_code(Code code);
/// "HF2003".
std::string code_text(Code code);
/// docs/errors.md: every code with its title and help, in Markdown.
std::string all_codes_page();

}  // namespace holdfast
