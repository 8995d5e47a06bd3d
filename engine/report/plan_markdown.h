#pragma once

#include <cstddef>
#include <string>

#include "engine/apply/apply.h"
#include "engine/plan/plan.h"

namespace holdfast {

struct MarkdownOptions {
  bool drift = false;
  std::size_t diff_lines = 100;    ///< Of one text; 0: all.
  std::size_t most_bytes = 60000;  ///< A comment takes 65536, a step summary 1 MiB; whole hosts are
                                   ///< left out, and named, where they don't fit.
};

/// A plan as GitHub's Markdown, for a step summary or a comment: the summary line, then a foldable
/// part a host. Values stand in code spans and fences that they can't end, so none is a link, an
/// image, a mention or HTML.
std::string plan_markdown(const Plan& plan, const Registry& registry,
                          const MarkdownOptions& options);
/// How a run ended, likewise.
std::string outcome_markdown(const Plan& plan, const Outcome& outcome);

/// A code span that the text can't end.
std::string code_span(std::string_view text);
/// The same in a table, where a bar needs a backslash even there.
std::string table_cell(std::string_view text);
/// A fenced block that the text can't end. @param language  As after the fence: "diff".
std::string code_block(std::string_view text, std::string_view language);

}  // namespace holdfast
