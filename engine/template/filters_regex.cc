#include "engine/core/text.h"
#include "engine/template/builtin.h"
#include "engine/template/numbers.h"
#include "engine/template/regex.h"

// Filters with regular expressions.
namespace holdfast::jinja {
namespace {

Result<Regex> pattern_argument(const Call& call, std::size_t pattern, std::size_t ignore_case,
                               std::size_t multiline) {
  HF_TRY(const std::string text, call.text(pattern, ""));
  return Regex::compile(
      text,
      {.ignore_case = call.truth(ignore_case, false), .multiline = call.truth(multiline, false)},
      call.budget);
}

/// A group by number or name.
Result<std::size_t> group_number(const Call& call, const Regex& regex, std::string_view name) {
  const WholeText whole = read_whole(name, 10);
  const bool number = whole.read == WholeText::Read::Yes && whole.value >= 0;
  if (number && static_cast<std::size_t>(whole.value) <= regex.groups()) {
    return static_cast<std::size_t>(whole.value);
  }
  if (const auto found = regex.group_named(std::string(name))) return *found;
  return call.wrong("has no group " + in_quotes(name) + " in its pattern");
}

/// A replacement taken apart: literal texts with groups between them.
struct Replacement {
  std::vector<std::string> texts{1};
  std::vector<std::size_t> groups{};
  void group(std::size_t number) {
    groups.push_back(number);
    texts.emplace_back();
  }
};

char replacement_escape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '\\':
      return '\\';
    default:
      return '\0';
  }
}

Result<Replacement> read_replacement(const Call& call, const Regex& regex, std::string_view text) {
  Replacement out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.texts.back() += text[i];
      continue;
    }
    const char next = text[++i];
    if (const char simple = replacement_escape(next); simple != '\0') {
      out.texts.back() += simple;
    } else if (next == 'g' && i + 1 < text.size() && text[i + 1] == '<') {
      const auto end = text.find('>', i);
      if (end == std::string_view::npos) return call.wrong("needs '>' after \\g<");
      HF_TRY(const std::size_t number, group_number(call, regex, text.substr(i + 2, end - i - 2)));
      out.group(number);
      i = end;
    } else if (next >= '1' && next <= '9') {
      const bool two = i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
      HF_TRY(const std::size_t number, group_number(call, regex, text.substr(i, two ? 2 : 1)));
      out.group(number);
      i += two ? 1 : 0;
    } else if ((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '0') {
      return call.wrong("doesn't know the escape '\\" + std::string(1, next) +
                        "' in a replacement");
    } else {
      out.texts.back() += '\\';
      out.texts.back() += next;
    }
  }
  return out;
}

Result<Term> regex_replace(Call& call) {
  HF_TRY(const Regex regex, pattern_argument(call, 0, 2, 3));
  HF_TRY(const std::string written, call.text(1, ""));
  HF_TRY(const Replacement replacement, read_replacement(call, regex, written));
  const std::string text = call.subject_text();
  HF_TRY(const std::vector<RegexMatch> matches, regex.find_all(text, call.budget));
  std::string out;
  std::size_t from = 0;
  for (const RegexMatch& match : matches) {
    out.append(text, from, match.begin - from);
    for (std::size_t i = 0; i < replacement.texts.size(); ++i) {
      if (i > 0) out += match.groups[replacement.groups[i - 1]].value_or(std::string_view());
      out += replacement.texts[i];
    }
    from = match.end;
    if (out.size() > kMaxText || !call.budget.spend_text(256 + written.size())) {
      call.budget.spend_text(out.size());
      return of("");
    }
  }
  out.append(text, from, std::string::npos);
  call.budget.spend_text(out.size());
  return of(std::move(out));
}

Value group_value(const std::optional<std::string_view>& group) {
  return group ? Value(*group) : Value("");
}

Result<Term> regex_findall(Call& call) {
  HF_TRY(const Regex regex, pattern_argument(call, 0, 2, 1));
  const std::string text = call.subject_text();
  HF_TRY(const std::vector<RegexMatch> matches, regex.find_all(text, call.budget));
  ValueList out;
  for (const RegexMatch& match : matches) {
    if (regex.groups() <= 1) {
      out.push_back(group_value(match.groups.back()));
      continue;
    }
    ValueList row;
    for (std::size_t i = 1; i < match.groups.size(); ++i)
      row.push_back(group_value(match.groups[i]));
    out.emplace_back(std::move(row));
  }
  return of(std::move(out));
}

Result<Term> regex_search(Call& call) {
  bool ignore_case = false;
  bool multiline = false;
  for (const auto& [key, term] : call.rest.named) {
    const bool on = !equal(term.value, Value(false), call.budget) && !term.value.is_null();
    if (key != "ignorecase" && key != "multiline") {
      return call.wrong("has no argument " + in_quotes(key),
                        "its arguments: ignorecase, multiline");
    }
    (key == "ignorecase" ? ignore_case : multiline) = on;
  }
  HF_TRY(const std::string pattern, call.text(0, ""));
  HF_TRY(const Regex regex, Regex::compile(pattern, {ignore_case, multiline}, call.budget));
  std::vector<std::size_t> wanted;
  for (const Term& term : call.rest.positional) {
    const std::string_view name = term.value.bytes();
    const bool named = starts_with(name, "\\g<") && ends_with(name, ">");
    if (!named && !(name.size() > 1 && name[0] == '\\')) {
      return call.wrong("takes groups as '\\\\1' or '\\\\g<name>'");
    }
    HF_TRY(const std::size_t number,
           group_number(call, regex, named ? name.substr(3, name.size() - 4) : name.substr(1)));
    wanted.push_back(number);
  }
  const std::string text = call.subject_text();
  HF_TRY(const std::optional<RegexMatch> match, regex.find(text, 0, false, call.budget));
  if (!match) return of({});
  if (wanted.empty()) return of(group_value(match->groups[0]));
  ValueList out;
  for (const std::size_t number : wanted) {
    const auto& group = match->groups[number];
    out.push_back(group ? Value(*group) : Value());
  }
  return of(std::move(out));
}

/// Python's re.escape.
Result<Term> regex_escape(Call& call) {
  HF_TRY(const std::string type, call.text(0, "python"));
  const bool python = type == "python";
  if (!python && type != "posix_basic") {
    return call.wrong("has no type " + in_quotes(type), "types: python, posix_basic");
  }
  const std::string_view special =
      python ? std::string_view("()[]{}?*+-|^$\\.&~# \t\n\r\v\f") : std::string_view("].[^$*\\");
  std::string out;
  for (const char c : call.subject_text()) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return of(std::move(out));
}

}  // namespace

const Builtins& regex_filters() {
  static const Builtins kFilters = {
      {"regex_replace", "pattern replacement ignorecase multiline", Flow::Builds, regex_replace},
      {"regex_search", "regex! * **", Flow::Builds, regex_search},
      {"regex_findall", "regex! multiline ignorecase", Flow::Builds, regex_findall, 1},
      {"regex_escape", "re_type", Flow::Builds, regex_escape},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
