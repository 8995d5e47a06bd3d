#include <algorithm>

#include "engine/core/text.h"
#include "engine/template/builtin.h"
#include "engine/template/format.h"
#include "engine/template/python_text.h"
#include "engine/template/text_functions.h"
#include "engine/template/unicode.h"

// Filters that make texts from texts.
namespace holdfast::jinja {
namespace {

Result<Term> to_upper(Call& call) { return of(upper(call.subject_text())); }
Result<Term> to_lower_case(Call& call) { return of(lower(call.subject_text())); }
Result<Term> to_capitalized(Call& call) { return of(capitalize(call.subject_text())); }
Result<Term> string(Call& call) { return of(call.subject_text()); }

/// Jinja2's title: words begin after white space and after - ( { [ <.
Result<Term> title(Call& call) {
  const std::string text = call.subject_text();
  std::string out;
  bool begins = true;
  for (const std::string_view character : characters(text)) {
    const bool breaks = is_white(character) ||
                        std::string_view("-({[<").find(character[0]) != std::string_view::npos;
    out += begins ? upper(character) : lower(character);
    begins = breaks;
  }
  return of(std::move(out));
}

Result<Term> trim_text(Call& call) {
  const std::string text = call.subject_text();
  if (!call.has(0) || call.arg(0).is_null()) return of(strip(text, std::nullopt, true, true));
  HF_TRY(const std::string chars, call.text(0, ""));
  return of(strip(text, chars, true, true));
}

Result<Term> replace(Call& call) {
  Mixture ignored(call.budget);
  const std::string old = to_text(call.arg(0), ignored, call.budget);
  const std::string fresh = to_text(call.arg(1), ignored, call.budget);
  HF_TRY(const std::int64_t count, call.whole(2, -1));
  HF_TRY(std::string out, replaced(call.subject_text(), old, fresh, count, call.budget));
  return of(std::move(out));
}

Result<Term> indent(Call& call) {
  std::string indention;
  if (call.has(0) && !call.arg(0).is_int()) {
    HF_TRY(indention, call.text(0, ""));
  } else {
    HF_TRY(const std::int64_t width, call.whole(0, 4));
    if (width > 1000) return fail(Code::TemplateLimit, "'indent' indents by at most 1000");
    indention = std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
  }
  const bool blank = call.truth(2, false);
  const std::string text = call.subject_text();
  std::string with_end = text + "\n";
  std::string out = call.truth(1, false) ? indention : "";
  bool first = true;
  for (const std::string_view line : split_lines(with_end)) {
    if (!first) out += '\n';
    if (!first && (blank || !line.empty())) out += indention;
    out += line;
    first = false;
    if (!call.budget.spend_text(line.size() + indention.size())) break;
  }
  call.budget.spend_text(out.size());
  return of(std::move(out));
}

Result<Term> truncate(Call& call) {
  HF_TRY(const std::int64_t length, call.whole(0, 255));
  HF_TRY(const std::string end, call.text(2, "..."));
  HF_TRY(const std::int64_t leeway, call.whole(3, 5));
  const auto ending = static_cast<std::int64_t>(character_count(end));
  if (length < ending) return call.wrong("needs a length of at least that of its end");
  if (leeway < 0) return call.wrong("needs a leeway of at least 0");
  const std::string text = call.subject_text();
  const std::vector<std::string_view> all = characters(text);
  if (static_cast<std::int64_t>(all.size()) - leeway <= length) return of(text);
  std::string kept;
  for (std::int64_t i = 0; i < length - ending; ++i) kept += all[static_cast<std::size_t>(i)];
  if (!call.truth(1, false)) {
    if (const auto space = kept.rfind(' '); space != std::string::npos) kept.resize(space);
  }
  return of(kept + end);
}

Result<Term> center_text(Call& call) {
  HF_TRY(const std::int64_t width, call.whole(0, 80));
  HF_TRY(std::string out, padded(call.subject_text(), width, " ", Padding::Center));
  return of(std::move(out));
}

Result<Term> format_with_percent(Call& call) {
  FormatArguments arguments;
  for (const Term& term : call.rest.positional) arguments.positional.push_back(term.value);
  for (const auto& [key, term] : call.rest.named) arguments.named.emplace_back(key, term.value);
  if (!arguments.positional.empty() && !arguments.named.empty()) {
    return call.wrong("takes arguments by place or by name, not both");
  }
  HF_TRY(std::string out, format_percent(call.subject_text(), arguments, call.budget));
  return of(std::move(out));
}

Result<Term> split_text(Call& call) {
  const Value& subject = call.value();
  if (!subject.is_text() && !subject.is_secret()) return call.needs("a text", subject);
  HF_TRY(const std::int64_t times, call.whole(1, -1));
  std::optional<std::string> separator;
  if (call.has(0) && !call.arg(0).is_null()) {
    HF_TRY(separator, call.text(0, ""));
    if (separator->empty()) return call.wrong("needs a separator that isn't empty");
  }
  const std::string text(subject.bytes());
  HF_TRY(ValueList out, split_words(text, separator, times, call.budget));
  return of(std::move(out));
}

Result<Term> word_count(Call& call) {
  const std::string text = call.subject_text();
  std::int64_t count = 0;
  bool inside = false;
  for (const std::string_view character : characters(text)) {
    const char c = character[0];
    const bool word = is_letter(character) || (c >= '0' && c <= '9') || c == '_';
    if (word && !inside) ++count;
    inside = word;
  }
  return of(count);
}

struct CommentStyle {
  std::string decoration, beginning, end;
};

Result<CommentStyle> comment_style(const Call& call) {
  HF_TRY(const std::string style, call.text(0, "plain"));
  if (style == "plain") return CommentStyle{"# ", "", ""};
  if (style == "erlang") return CommentStyle{"% ", "", ""};
  if (style == "c") return CommentStyle{"// ", "", ""};
  if (style == "cblock") return CommentStyle{" * ", "/*", " */"};
  if (style == "xml") return CommentStyle{" - ", "<!--", "-->"};
  return call.wrong("has no style " + in_quotes(style), "styles: plain, erlang, c, cblock, xml");
}

std::string without_end_space(std::string text) {
  text.resize(text.find_last_not_of(" \t\r\n\f\v") + 1);
  return text;
}

/// Ansible's comment, with its order of parts: beginning, prefix, text, postfix, end.
Result<Term> comment(Call& call) {
  HF_TRY(CommentStyle style, comment_style(call));
  // Ansible takes the prefix from the decoration that is given, else from the style's own.
  HF_TRY(style.decoration, call.text(1, style.decoration));
  HF_TRY(style.beginning, call.text(2, style.beginning));
  HF_TRY(style.end, call.text(3, style.end));
  const std::string edge = without_end_space(style.decoration);
  HF_TRY(const std::string prefix, call.text(4, edge));
  HF_TRY(const std::string postfix, call.text(5, edge));
  HF_TRY(const std::int64_t prefixes, call.whole(6, 1));
  HF_TRY(const std::int64_t postfixes, call.whole(7, 1));
  if (prefixes > 1000 || postfixes > 1000) return call.wrong("repeats a line at most 1000 times");
  std::string out = style.beginning.empty() ? "" : style.beginning + "\n";
  for (std::int64_t i = 0; i < prefixes && !prefix.empty(); ++i) {
    out += prefix == "\n" ? prefix : prefix + "\n";
  }
  const std::string text = call.subject_text();
  const std::vector<std::string_view> all = split(text, '\n');
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!call.budget.spend_text(all[i].size() + style.decoration.size())) break;
    if (i > 0) out += '\n';
    const bool bare = all[i].empty() && i + 1 < all.size();
    out += (bare ? edge : style.decoration) + std::string(all[i]);
  }
  for (std::int64_t i = 0; i < postfixes; ++i) out += "\n" + postfix;
  if (!style.end.empty()) out += "\n" + style.end;
  call.budget.spend_text(out.size());
  return of(std::move(out));
}

}  // namespace

const Builtins& text_filters() {
  static const Builtins kFilters = {
      {"upper", "", Flow::Builds, to_upper},
      {"lower", "", Flow::Builds, to_lower_case},
      {"capitalize", "", Flow::Builds, to_capitalized},
      {"title", "", Flow::Builds, title},
      {"string", "", Flow::Builds, string},
      {"trim", "chars", Flow::Builds, trim_text},
      {"replace", "old! new! count", Flow::Builds, replace},
      {"indent", "width first blank", Flow::Builds, indent},
      {"truncate", "length killwords end leeway", Flow::Builds, truncate},
      {"center", "width", Flow::Builds, center_text},
      {"format", "* **", Flow::Builds, format_with_percent},
      {"split", "sep maxsplit", Flow::Builds, split_text, 1},
      {"wordcount", "", Flow::Compares, word_count},
      {"comment", "style decoration beginning end prefix postfix prefix_count postfix_count",
       Flow::Builds, comment},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
