#include "engine/template/version.h"

#include <re2/re2.h>

#include <algorithm>

#include "engine/core/text.h"
#include "engine/template/numbers.h"
#include "engine/template/python_text.h"

namespace holdfast::jinja {
namespace {

bool is_small(char c) { return c >= 'a' && c <= 'z'; }

Result<Value> part_of(std::string_view part) {
  if (part.find_first_not_of("0123456789") != std::string_view::npos) return Value(part);
  const WholeText whole = read_whole(part, 10);
  if (whole.read != WholeText::Read::Yes) {
    return fail(Code::TemplateLimit,
                "a number in the version " + in_quotes(part) + " has more than 64 bits");
  }
  return Value(whole.value);
}

/// Python's LooseVersion: runs of digits, of small letters, and what else stands between dots.
Result<ValueList> loose(std::string_view text) {
  ValueList out;
  for (std::size_t i = 0; i < text.size();) {
    const auto kind = [&](std::size_t at) {
      return text[at] == '.' ? 0 : is_digit(text[at]) ? 1 : is_small(text[at]) ? 2 : 3;
    };
    const std::size_t begin = i;
    const int own = kind(i);
    while (i < text.size() && kind(i) == own && (own != 0 || i == begin)) ++i;
    if (own == 0) continue;
    HF_TRY(Value part, part_of(text.substr(begin, i - begin)));
    out.push_back(std::move(part));
  }
  return out;
}

/// A pre-release orders before the release: 0 with its parts, against 1.
Result<ValueList> strict(const std::string& text) {
  static const RE2 kForm(R"((\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?)");
  std::string major, minor, patch, letter, number;
  if (!RE2::FullMatch(text, kForm, &major, &minor, &patch, &letter, &number)) {
    return fail(Code::TemplateType, in_quotes(text) + " is no strict version",
                "as in 1.2 or 1.2.3 or 1.2.3b4; without strict, any text will do");
  }
  ValueList out;
  for (const std::string& part : {major, minor, patch.empty() ? std::string("0") : patch}) {
    HF_TRY(Value value, part_of(part));
    out.push_back(std::move(value));
  }
  out.emplace_back(letter.empty() ? 1 : 0);
  if (letter.empty()) return out;
  out.emplace_back(letter);
  HF_TRY(Value value, part_of(number));
  out.push_back(std::move(value));
  return out;
}

/// semver.org 2.0.0, clause 11: numbers order before texts in a pre-release.
Result<ValueList> semantic(const std::string& text) {
  static const RE2 kForm(
      R"((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?)");
  std::string major, minor, patch, release;
  if (!RE2::FullMatch(text, kForm, &major, &minor, &patch, &release)) {
    return fail(Code::TemplateType, in_quotes(text) + " is no semantic version",
                "as in 1.2.3 or 1.2.3-rc.1");
  }
  ValueList out;
  for (const std::string& part : {major, minor, patch}) {
    HF_TRY(Value value, part_of(part));
    out.push_back(std::move(value));
  }
  out.emplace_back(release.empty() ? 1 : 0);
  if (release.empty()) return out;
  for (const std::string_view part : split(release, '.')) {
    HF_TRY(Value value, part_of(part));
    const int rank = value.is_text() ? 1 : 0;
    out.emplace_back(ValueList{Value(rank), std::move(value)});
  }
  return out;
}

Result<Operator> operator_named(const Call& call) {
  static const std::vector<std::pair<std::string_view, Operator>> kOperators = {
      {"==", Operator::Equal},        {"=", Operator::Equal},         {"eq", Operator::Equal},
      {"<", Operator::Less},          {"lt", Operator::Less},         {"<=", Operator::LessEqual},
      {"le", Operator::LessEqual},    {">", Operator::Greater},       {"gt", Operator::Greater},
      {">=", Operator::GreaterEqual}, {"ge", Operator::GreaterEqual}, {"!=", Operator::NotEqual},
      {"<>", Operator::NotEqual},     {"ne", Operator::NotEqual}};
  HF_TRY(const std::string symbol, call.text(1, "eq"));
  for (const auto& [name, what] : kOperators) {
    if (name == symbol) return what;
  }
  return call.wrong("has no operator " + in_quotes(symbol),
                    "one of == != < <= > >= eq ne lt le gt ge");
}

Result<ValueList> parsed(const Call& call, const std::string& type, const std::string& text) {
  if (text.empty()) return call.wrong("needs two versions that aren't empty");
  if (type == "loose") return loose(text);
  if (type == "strict") return strict(text);
  if (type == "semver" || type == "semantic") return semantic(text);
  return call.wrong("has no version_type " + in_quotes(type), "one of loose, strict, semver");
}

}  // namespace

Result<Term> version_holds(Call& call) {
  HF_TRY(const Operator what, operator_named(call));
  const bool by_type = call.has(3) && !call.arg(3).is_null();
  std::string type = call.truth(2, false) ? "strict" : "loose";
  if (by_type) {
    HF_TRY(type, call.text(3, "loose"));
  }
  Mixture ignored(call.budget);
  HF_TRY(const ValueList left, parsed(call, type, call.subject_text()));
  HF_TRY(const ValueList right, parsed(call, type, to_text(call.arg(0), ignored, call.budget)));
  const Result<Value> holds = compared(what, Value(left), Value(right), call.budget);
  if (!holds) {
    return call.wrong("can't order these versions: a number meets a text",
                      "use version_type='semver', or compare for equality");
  }
  return of(holds->as_bool());
}

}  // namespace holdfast::jinja
