#include <cmath>
#include <map>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/template/evaluator.h"
#include "engine/template/regex.h"
#include "engine/template/unicode.h"
#include "engine/template/version.h"

// Tests: what may stand behind `is`.
namespace holdfast::jinja {
namespace {

/// The subject is neither evaluated further nor an error where it is undefined.
Result<Term> defined_as(Call& call, bool wanted) {
  Mixture mixture(call.budget);
  mixture.touch(call.subject.value);
  return of(mixture.moved(call.subject.defined() == wanted));
}
Result<Term> is_defined(Call& call) { return defined_as(call, true); }
Result<Term> is_undefined(Call& call) { return defined_as(call, false); }

Result<Term> is_none(Call& call) { return of(call.value().is_null()); }
Result<Term> is_text(Call& call) { return of(is_bytes(call.value())); }
Result<Term> is_integer(Call& call) { return of(call.value().is_int()); }
Result<Term> is_float(Call& call) { return of(call.value().is_float()); }
Result<Term> is_boolean(Call& call) { return of(call.value().is_bool()); }
Result<Term> is_number(Call& call) { return of(number_of(call.value()).has_value()); }
Result<Term> is_mapping(Call& call) { return of(call.value().is_map()); }
Result<Term> is_true(Call& call) { return of(call.value().is_bool() && call.value().as_bool()); }
Result<Term> is_false(Call& call) { return of(call.value().is_bool() && !call.value().as_bool()); }
Result<Term> has_items(Call& call) {
  return of(is_bytes(call.value()) || call.value().is_list() || call.value().is_map());
}
Result<Term> is_lower_case(Call& call) { return of(is_lower(call.subject_text())); }
Result<Term> is_upper_case(Call& call) { return of(is_upper(call.subject_text())); }
Result<Term> is_nan(Call& call) {
  return of(call.value().is_float() && std::isnan(call.value().as_float()));
}

Result<Term> remainder_is(Call& call, const Value& divisor, std::int64_t wanted) {
  HF_TRY(const Value rest, calculate(Operator::Modulo, call.subject, of(divisor), call.budget));
  if (is_bytes(rest)) return call.needs("a number", call.value());
  return of(equal(rest, Value(wanted), call.budget));
}

Result<Term> is_even(Call& call) {
  if (is_bytes(call.value())) return call.needs("a number", call.value());
  return remainder_is(call, Value(2), 0);
}
Result<Term> is_odd(Call& call) {
  if (is_bytes(call.value())) return call.needs("a number", call.value());
  return remainder_is(call, Value(2), 1);
}
Result<Term> is_divisible(Call& call) {
  if (is_bytes(call.value())) return call.needs("a number", call.value());
  return remainder_is(call, call.arg(0), 0);
}

template <Operator kWhat>
Result<Term> compares(Call& call) {
  HF_TRY(Value out, compared(kWhat, call.value(), call.arg(0), call.budget));
  return of(std::move(out));
}

/// The same object: for values without identity, the same type and contents.
Result<Term> same_as(Call& call) { return of(call.value() == call.arg(0)); }

Result<Term> has(Call& call) {
  HF_TRY(const bool found, contains(call.value(), call.arg(0), call.budget));
  return of(found);
}

Result<Term> is_truthy(Call& call) {
  Value value = call.value();
  if (call.truth(0, false) && is_bytes(value)) {
    const std::string text = lower(value.bytes());
    for (const std::string_view no : {"no", "off", "0", "false", "n", "f"}) {
      if (text == no) return of(false);
    }
  }
  return of(truthy(value));
}

Result<Term> is_falsy(Call& call) {
  HF_TRY(const Term truth, is_truthy(call));
  return of(!truth.value.as_bool());
}

Result<Term> any_item(Call& call) {
  HF_TRY(const ValueList items, call.items());
  for (const Value& item : items) {
    if (truthy(item)) return of(true);
  }
  return of(false);
}

Result<Term> all_items(Call& call) {
  HF_TRY(const ValueList items, call.items());
  for (const Value& item : items) {
    if (!truthy(item)) return of(false);
  }
  return of(true);
}

/// Whether every item of `small` is one of `large`.
Result<Term> within(Call& call, const Value& small, const Value& large) {
  HF_TRY(const ValueList wanted, call.items_of(small));
  HF_TRY(ValueList present, call.items_of(large));
  const Value all(std::move(present));
  for (const Value& item : wanted) {
    HF_TRY(const bool found, contains(all, item, call.budget));
    if (!found) return of(false);
  }
  return of(true);
}
Result<Term> is_subset(Call& call) { return within(call, call.value(), call.arg(0)); }
Result<Term> is_superset(Call& call) { return within(call, call.arg(0), call.value()); }

Result<Term> matches(Call& call, bool anchored) {
  HF_TRY(const std::string pattern, call.text(0, ""));
  HF_TRY(const Regex regex,
         Regex::compile(pattern,
                        {.ignore_case = call.truth(1, false), .multiline = call.truth(2, false)},
                        call.budget));
  const std::string text = call.subject_text();
  HF_TRY(const std::optional<RegexMatch> found, regex.find(text, 0, anchored, call.budget));
  return of(found.has_value());
}
Result<Term> match(Call& call) { return matches(call, true); }
Result<Term> search(Call& call) { return matches(call, false); }

Result<Term> regex(Call& call) {
  HF_TRY(const std::string type, call.text(3, "search"));
  return matches(call, type == "match");
}

Result<Term> is_filter(Call& call) { return of(find_filter(call.value().bytes()).has_value()); }
Result<Term> is_test(Call& call) { return of(find_test(call.value().bytes()).has_value()); }

constexpr const char* kVersion = "version! operator strict version_type";

const Builtins& all_tests() {
  static const Builtins kTests = {
      {"defined", "", Flow::Special, is_defined},
      {"undefined", "", Flow::Special, is_undefined},
      {"none", "", Flow::Moves, is_none},
      {"string", "", Flow::Moves, is_text},
      {"integer", "", Flow::Moves, is_integer},
      {"float", "", Flow::Moves, is_float},
      {"boolean", "", Flow::Moves, is_boolean},
      {"number", "", Flow::Moves, is_number},
      {"mapping", "", Flow::Moves, is_mapping},
      {"sequence", "", Flow::Moves, has_items},
      {"iterable", "", Flow::Moves, has_items},
      {"true", "", Flow::Moves, is_true},
      {"false", "", Flow::Moves, is_false},
      {"truthy", "convert_bool", Flow::Moves, is_truthy},
      {"falsy", "convert_bool", Flow::Moves, is_falsy},
      {"lower", "", Flow::Compares, is_lower_case},
      {"upper", "", Flow::Compares, is_upper_case},
      {"even", "", Flow::Compares, is_even},
      {"odd", "", Flow::Compares, is_odd},
      {"divisibleby", "num!", Flow::Compares, is_divisible},
      {"nan", "", Flow::Compares, is_nan},
      {"isnan", "", Flow::Compares, is_nan},
      {"sameas", "other!", Flow::Compares, same_as},
      {"in", "seq!", Flow::Compares, compares<Operator::In>},
      {"contains", "value!", Flow::Compares, has},
      {"any", "", Flow::Compares, any_item},
      {"all", "", Flow::Compares, all_items},
      {"subset", "b!", Flow::Compares, is_subset},
      {"issubset", "b!", Flow::Compares, is_subset},
      {"superset", "b!", Flow::Compares, is_superset},
      {"issuperset", "b!", Flow::Compares, is_superset},
      {"match", "pattern ignorecase multiline", Flow::Compares, match},
      {"search", "pattern ignorecase multiline", Flow::Compares, search},
      {"regex", "pattern ignorecase multiline match_type", Flow::Compares, regex},
      {"version", kVersion, Flow::Compares, version_holds},
      {"version_compare", kVersion, Flow::Compares, version_holds},
      {"filter", "", Flow::Compares, is_filter},
      {"test", "", Flow::Compares, is_test},
      {"eq", "b!", Flow::Compares, compares<Operator::Equal>},
      {"equalto", "b!", Flow::Compares, compares<Operator::Equal>},
      {"==", "b!", Flow::Compares, compares<Operator::Equal>},
      {"ne", "b!", Flow::Compares, compares<Operator::NotEqual>},
      {"!=", "b!", Flow::Compares, compares<Operator::NotEqual>},
      {"lt", "b!", Flow::Compares, compares<Operator::Less>},
      {"lessthan", "b!", Flow::Compares, compares<Operator::Less>},
      {"<", "b!", Flow::Compares, compares<Operator::Less>},
      {"le", "b!", Flow::Compares, compares<Operator::LessEqual>},
      {"<=", "b!", Flow::Compares, compares<Operator::LessEqual>},
      {"gt", "b!", Flow::Compares, compares<Operator::Greater>},
      {"greaterthan", "b!", Flow::Compares, compares<Operator::Greater>},
      {">", "b!", Flow::Compares, compares<Operator::Greater>},
      {"ge", "b!", Flow::Compares, compares<Operator::GreaterEqual>},
      {">=", "b!", Flow::Compares, compares<Operator::GreaterEqual>},
  };
  return kTests;
}

}  // namespace

Result<const Builtin*> find_test(std::string_view name) {
  std::vector<std::string> known;
  for (const Builtin& test : all_tests()) {
    if (test.name == name) return &test;
    known.emplace_back(test.name);
  }
  if (const char* why = refusal(name)) {
    return fail(Code::TemplateRefused,
                "the test " + in_quotes(name) + " is not allowed in an expression", why);
  }
  return fail(Code::UnknownFilter, "there is no test " + in_quotes(name),
              did_you_mean(name, known));
}

}  // namespace holdfast::jinja
