#include "engine/report/plan_html.h"

#include "engine/core/text.h"
#include "engine/plan/refusals.h"
#include "engine/report/counts.h"
#include "engine/report/html_escaped.h"
#include "engine/report/row_text.h"

namespace holdfast {
namespace {

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
)";

constexpr const char* kStyle = R"(<style>
:root{color-scheme:light dark}
body{font:15px/1.45 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}
h2{margin:1.6em 0 .4em;font-size:1.15em}
.row{border-left:4px solid #8886;padding:.2em .8em;margin:.5em 0}
.create{border-color:#2a2}.update,.run{border-color:#c80}.replace,.unknown{border-color:#a4a}
.delete,.refused{border-color:#c33}.adopt{border-color:#28a}
.word{display:inline-block;min-width:5em;font-weight:600}
.tag{font-size:.85em;background:#8883;border-radius:.6em;padding:.1em .6em;margin-left:.5em}
.bad{color:#c33}.dim{opacity:.75}
code,pre{font:13px/1.4 ui-monospace,monospace}
pre{overflow-x:auto;background:#8881;padding:.6em;margin:.3em 0}
ins{color:#182;text-decoration:none}del{color:#b22;text-decoration:none}
@media(prefers-color-scheme:dark){ins{color:#6d8}del{color:#f88}}
ul{margin:.2em 0;padding-left:1.4em}
</style>
)";

std::string element(const char* name, const char* type, const std::string& inner) {
  const std::string attributes = *type == '\0' ? "" : std::string(" class=\"") + type + "\"";
  return std::string("<") + name + attributes + ">" + inner + "</" + name + ">";
}

std::string code(std::string_view text) { return element("code", "", html_escaped(text)); }

std::string diff_html(const ShownText& text) {
  std::string out;
  for (const DiffLine& line : text.diff->lines) {
    const std::string mark = line.mark == '@' ? "" : std::string(1, line.mark);
    const std::string shown = mark + html_escaped(line.text);
    const char* name = line.mark == '+' ? "ins" : line.mark == '-' ? "del" : "span";
    out += element(name, "", shown) + "\n";
  }
  return element("pre", "", out);
}

std::string attributes_html(const RowView& view) {
  std::string out;
  for (const ShownAttribute& attribute : view.attributes) {
    std::string line = html_escaped(attribute.name) + ": ";
    if (!attribute.before.is_null()) line += code(shown_value(attribute.before)) + " → ";
    line += code(shown_value(attribute.after));
    if (attribute.secret && !attribute.before.is_null()) line += ", changed";
    out += element("li", "", line);
  }
  if (!out.empty()) out = element("ul", "", out);
  for (const ShownText& text : view.texts) {
    if (text.diff) {
      out += diff_html(text);
    } else {
      out += element("div", "dim", html_escaped(text.attribute + " not shown: " + text.not_shown));
    }
  }
  return out;
}

std::string row_html(const RowView& view, bool drift) {
  std::string head =
      element("span", "word", std::string(fate_word(view.fate))) + code(view.address);
  const auto tag = [&](const std::string& text) { head += element("span", "tag", text); };
  if (view.audit) tag("audit: never applied");
  if (view.orphan) tag("orphan");
  const std::string standing = standing_note(view.standing, drift);
  if (is_change(view.fate) && !standing.empty()) tag(standing);
  if (view.effects.privileged) tag("gives access or power");
  if (view.effects.one_way) tag("one way");
  std::string out = element("div", "", head);
  if (view.fate == Fate::Unknown) out += element("div", "", html_escaped(view.unknown));
  if (view.refused) out += element("div", "bad", html_escaped(view.refused->message));
  if (!view.because.empty()) out += element("div", "dim", html_escaped(view.because));
  if (view.fate != Fate::Unknown) out += attributes_html(view);
  for (const std::string& brings : view.effects.brings) {
    out += element("div", "", "brings: " + html_escaped(brings));
  }
  for (const std::string& reason : view.effects.irreversible) {
    out += element("div", "bad", "cannot be taken back: " + html_escaped(reason));
  }
  if (const auto& way_in = view.effects.way_in) {
    const bool open = way_in->verdict == WayIn::Verdict::Open;
    out += element("div", open ? "dim" : "bad", html_escaped(way_in_text(*way_in)));
  }
  // The word is one of ours.
  const std::string type = "row " + std::string(fate_word(view.fate));
  return element("div", type.c_str(), out) + "\n";
}

std::string host_html(const Plan& plan, const HostPlan& host, const Registry& registry,
                      bool drift) {
  std::string out;
  if (host.unreachable) {
    const std::string word = record_refused(host) ? "refused: " : "unreachable: ";
    out += element("p", "bad", word + html_escaped(host.unreachable->message));
  }
  if (host.pause) out += element("p", "bad", html_escaped(host.pause->text()) + "; apply refuses");
  for (const EndedAlone& ended : host.alone) {
    out += element("p", "bad", html_escaped(alone_note(ended)));
  }
  for (const std::string& own : own_notes(plan, host)) out += element("p", "", html_escaped(own));
  const std::string guard = drift ? "" : guard_note(plan, host);
  if (!guard.empty()) out += element("p", "", html_escaped(guard));
  if (!host.open_run.empty()) {
    out += element("p", "bad", "run " + code(host.open_run) + " has not ended");
  }
  if (const std::string record = record_note(plan, host); !record.empty()) {
    out += element("p", "dim", record);
  }
  for (const std::size_t index : plan.rows_of(host.host)) {
    const RowView view = view_row(plan, index, registry);
    const bool shown = is_change(view.fate) || view.fate == Fate::Unknown ||
                       view.fate == Fate::Refused || view.fate == Fate::Adopt;
    if (shown && !host.unreachable) out += row_html(view, drift);
  }
  for (const std::string& orphan : host.kept_orphans) {
    out += element("div", "row", element("span", "word", "orphan") + code(orphan)) + "\n";
  }
  if (out.empty()) out = element("p", "dim", "nothing to change");
  return element("h2", "", html_escaped(host.title())) + "\n" + out;
}

}  // namespace

std::string plan_html(const Plan& plan, const Registry& registry, const std::string& title,
                      const std::string& time, bool drift) {
  const Counts counts = count(plan, registry);
  std::string out =
      kHead + element("title", "", html_escaped(title)) + "\n" + kStyle + "</head><body>\n" +
      element("h1", "", html_escaped(title)) + "\n" +
      element("p", "", html_escaped(drift ? drift_summary(counts) : plan_summary(counts))) + "\n" +
      element("p", "dim", "as of " + html_escaped(time)) + "\n";
  for (const HostPlan& host : plan.hosts) out += host_html(plan, host, registry, drift);
  return out + "</body></html>\n";
}

}  // namespace holdfast
