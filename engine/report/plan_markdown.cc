#include "engine/report/plan_markdown.h"

#include <algorithm>

#include "engine/core/text.h"
#include "engine/plan/refusals.h"
#include "engine/report/ci_safe.h"
#include "engine/report/counts.h"
#include "engine/report/html_escaped.h"
#include "engine/report/ink.h"
#include "engine/report/outcome_text.h"
#include "engine/report/progress.h"
#include "engine/report/row_text.h"

namespace holdfast {
namespace {

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

/// Diff marks at the beginning of each line, so that GitHub colours additions and removals.
std::string diff_block(const ShownText& text, std::size_t most) {
  std::string out;
  const auto& all = text.diff->lines;
  const std::size_t shown = most == 0 ? all.size() : std::min(most, all.size());
  for (std::size_t i = 0; i < shown; ++i) {
    if (all[i].mark != '@') out += all[i].mark;
    out += printable_lines(all[i].text) + "\n";
  }
  if (shown < all.size()) out += "# … " + counted(all.size() - shown, "more line") + "\n";
  return code_block(out, "diff");
}

std::string row_markdown(RowView view, const MarkdownOptions& options) {
  PlanTextOptions plain;
  plain.drift = options.drift;
  std::string diffs;
  for (ShownText& text : view.texts) {
    if (!text.diff) continue;
    diffs += diff_block(text, options.diff_lines);
    // Shown as a block of its own, not within the row's text.
    text.diff->lines.clear();
  }
  return code_block(row_text(view, Ink(false), plain), "text") + diffs;
}

bool worth_showing(Fate fate) {
  return is_change(fate) || fate == Fate::Unknown || fate == Fate::Refused;
}

std::string host_markdown(const Plan& plan, const HostPlan& host, const Registry& registry,
                          const MarkdownOptions& options) {
  std::string rows;
  std::size_t shown = 0;
  for (const std::size_t index : plan.rows_of(host.host)) {
    RowView view = view_row(plan, index, registry);
    if (host.unreachable || !worth_showing(view.fate)) continue;
    ++shown;
    rows += row_markdown(std::move(view), options);
  }
  std::string notes;
  const std::string dark = record_refused(host) ? "refused" : "unreachable";
  if (host.unreachable) notes += dark + ": " + code_span(host.unreachable->message) + "\n\n";
  const std::string record = record_note(plan, host);
  if (!record.empty() && (shown > 0 || record_lost(host))) notes += record + "\n\n";
  if (host.pause) notes += html_escaped(host.pause->text()) + "; apply refuses\n\n";
  for (const EndedAlone& ended : host.alone) notes += html_escaped(alone_note(ended)) + "\n\n";
  for (const std::string& own : own_notes(plan, host)) notes += html_escaped(own) + "\n\n";
  const std::string guard = options.drift ? "" : guard_note(plan, host);
  if (!guard.empty()) notes += html_escaped(guard) + "\n\n";
  if (!host.open_run.empty()) notes += "Run " + code_span(host.open_run) + " has not ended.\n\n";
  for (const std::string& orphan : host.kept_orphans) {
    notes += "- orphan, stays without `--prune`: " + code_span(orphan) + "\n";
  }
  if (notes.empty() && rows.empty()) return {};
  const std::string title = host.unreachable ? dark : counted(shown, "row");
  return "<details><summary><code>" + html_escaped(host.title()) + "</code>: " + title +
         "</summary>\n\n" + notes + "\n" + rows + "\n</details>\n\n";
}

}  // namespace

std::string code_span(std::string_view text) {
  const std::string shown = printable(text);
  const std::string fence(longest_run(shown, '`') + 1, '`');
  return fence + " " + shown + " " + fence;
}

std::string table_cell(std::string_view text) {
  std::string out;
  for (const char c : code_span(text)) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string code_block(std::string_view text, std::string_view language) {
  const std::string fence(std::max<std::size_t>(longest_run(text, '`') + 1, 3), '`');
  const bool ended = ends_with(text, "\n");
  return fence + std::string(language) + "\n" + std::string(text) + (ended ? "" : "\n") + fence +
         "\n";
}

std::string plan_markdown(const Plan& plan, const Registry& registry,
                          const MarkdownOptions& options) {
  const Counts counts = count(plan, registry);
  std::string out =
      "### holdfast\n\n" + (options.drift ? drift_summary(counts) : plan_summary(counts)) + "\n\n";
  std::vector<std::string> left_out;
  for (const HostPlan& host : plan.hosts) {
    const std::string part = host_markdown(plan, host, registry, options);
    if (out.size() + part.size() > options.most_bytes) {
      left_out.push_back(code_span(host.host));
    } else {
      out += part;
    }
  }
  if (!left_out.empty()) {
    const std::size_t named = std::min<std::size_t>(left_out.size(), 20);
    const std::size_t more = left_out.size() - named;
    left_out.resize(named);
    out += "Too long to show here: " + join(left_out, ", ");
    out += more > 0 ? " and " + counted(more, "more host") + ".\n" : ".\n";
  }
  return out;
}

std::string outcome_markdown(const Plan& plan, const Outcome& outcome) {
  std::string out =
      "### holdfast\n\n| host | end | changed | took | run |\n|---|---|--:|--:|---|\n";
  for (const HostOutcome& host : outcome.hosts) {
    if (host.end == HostEnd::Unchanged) continue;
    out += "| " + table_cell(host.host) + " | " + std::string(host_end_word(host.end)) + " | " +
           std::to_string(host.changed) + " | " + shown_time(host.took) + " | " +
           (host.run.empty() ? "" : table_cell(host.run)) + " |\n";
  }
  return out + "\n" + code_block(outcome_text(plan, outcome, false), "text");
}

}  // namespace holdfast
