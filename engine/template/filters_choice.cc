#include "engine/core/text.h"
#include "engine/template/evaluator.h"
#include "engine/template/ordering.h"

// Filters that choose: by a condition, by a test on each item, by what is defined.
namespace holdfast::jinja {
namespace {

Result<Term> default_value(Call& call) {
  const bool also_false = call.truth(1, false);
  const Term otherwise = call.has(0) ? call.term(0) : of("");
  if (!call.subject.defined()) return otherwise;
  HF_TRY(const Value value, used(call.subject));
  if (value.is_unknown() || !also_false || truthy(value)) return call.subject;
  Mixture mixture(call.budget);
  mixture.touch(value);
  Term out = otherwise;
  out.value = mixture.moved(std::move(out.value));
  return out;
}

Result<Term> mandatory(Call& call) {
  if (call.subject.defined() || !call.has(0)) {
    HF_TRY(Value value, used(call.subject));
    return of(std::move(value));
  }
  HF_TRY(const Value message, used(call.term(0)));
  Error error = call.subject.missing->error;
  if (message.is_text()) error.message = message.as_text();
  return fail(std::move(error));
}

Result<Term> ternary(Call& call) {
  HF_TRY(const Value condition, used(call.subject));
  Mixture mixture(call.budget);
  mixture.touch(condition);
  if (mixture.unknown()) return of(mixture.moved({}));
  const bool none =
      condition.is_null() && call.has(2) && call.term(2).defined() && !call.arg(2).is_null();
  Term out = none ? call.term(2) : truthy(condition) ? call.term(0) : call.term(1);
  out.value = mixture.moved(std::move(out.value));
  return out;
}

/// Takes the first argument, the name of a filter or test.
Result<std::string> taken_name(Call& call, const char* what) {
  if (call.rest.positional.empty()) return call.wrong(std::string("needs the name of a ") + what);
  HF_TRY(const Value name, used(call.rest.positional.front()));
  if (!name.is_text()) return call.needs(std::string("the name of a ") + what, name);
  call.rest.positional.erase(call.rest.positional.begin());
  return name.as_text();
}

Result<Term> map_attribute(Call& call, const ValueList& items) {
  std::string path;
  std::optional<Term> otherwise;
  for (const auto& [key, term] : call.rest.named) {
    HF_TRY(const Value value, used(term));
    if (key == "attribute" && (value.is_text() || value.is_int())) {
      path = value.is_int() ? std::to_string(value.as_int()) : value.as_text();
    } else if (key == "default") {
      otherwise = term;
    } else {
      return call.wrong("has no argument " + in_quotes(key), "its arguments: attribute, default");
    }
  }
  ValueList out;
  for (const Value& item : items) {
    if (!call.budget.spend(1)) break;
    Term found = attribute_of(item, path);
    if (!found.defined() && otherwise && !otherwise->value.is_null()) found = *otherwise;
    HF_TRY(Value value, used(found));
    out.push_back(std::move(value));
  }
  return of(std::move(out));
}

Result<Term> map_items(Call& call) {
  HF_TRY(const Value subject, used(call.subject));
  if (subject.is_unknown()) return of(subject);
  HF_TRY(const ValueList items, call.items_of(subject));
  Mixture mixture(call.budget);
  mixture.touch(subject);
  Term out;
  if (call.rest.positional.empty() && !call.rest.named.empty()) {
    HF_TRY(out, map_attribute(call, items));
  } else {
    HF_TRY(const std::string name, taken_name(call, "filter"));
    HF_TRY(const Builtin* filter, find_filter(name));
    ValueList made;
    for (const Value& item : items) {
      if (!call.budget.spend(1)) break;
      HF_TRY(const Term one, call.evaluator.run(*filter, of(item, call.subject.levels), call.rest));
      HF_TRY(Value value, used(one));
      made.push_back(std::move(value));
    }
    out = of(std::move(made));
  }
  out.value = mixture.moved(std::move(out.value));
  return out;
}

/// select, reject, selectattr, rejectattr.
Result<Term> choose(Call& call, bool wanted, bool by_attribute) {
  HF_TRY(const Value subject, used(call.subject));
  if (subject.is_unknown()) return of(subject);
  HF_TRY(const ValueList items, call.items_of(subject));
  Mixture mixture(call.budget);
  mixture.touch(subject);
  std::string path;
  if (by_attribute) {
    if (call.rest.positional.empty()) return call.wrong("needs the name of an attribute");
    HF_TRY(const Value name, used(call.rest.positional.front()));
    if (!name.is_text() && !name.is_int()) return call.needs("the name of an attribute", name);
    path = name.is_int() ? std::to_string(name.as_int()) : name.as_text();
    call.rest.positional.erase(call.rest.positional.begin());
  }
  const Builtin* test = nullptr;
  if (!call.rest.positional.empty()) {
    HF_TRY(const std::string name, taken_name(call, "test"));
    HF_TRY(test, find_test(name));
  }
  ValueList out;
  for (const Value& item : items) {
    if (!call.budget.spend(1)) break;
    Term seen = by_attribute ? attribute_of(item, path) : of(item);
    if (test != nullptr) {
      HF_TRY(seen, call.evaluator.run(*test, std::move(seen), call.rest));
    }
    HF_TRY(const Value truth, used(seen));
    mixture.touch(truth);
    if (truth.is_unknown()) return of(mixture.moved({}));
    if (truthy(truth) == wanted) out.push_back(item);
  }
  return of(mixture.moved(std::move(out)));
}

Result<Term> select(Call& call) { return choose(call, true, false); }
Result<Term> reject(Call& call) { return choose(call, false, false); }
Result<Term> select_attribute(Call& call) { return choose(call, true, true); }
Result<Term> reject_attribute(Call& call) { return choose(call, false, true); }

}  // namespace

const Builtins& choice_filters() {
  static const Builtins kFilters = {
      {"default", "default_value boolean", Flow::Special, default_value},
      {"d", "default_value boolean", Flow::Special, default_value},
      {"mandatory", "msg", Flow::Special, mandatory},
      {"ternary", "true_val! false_val! none_val", Flow::Special, ternary},
      {"map", "* **", Flow::Special, map_items},
      {"select", "* **", Flow::Special, select},
      {"reject", "* **", Flow::Special, reject},
      {"selectattr", "* **", Flow::Special, select_attribute},
      {"rejectattr", "* **", Flow::Special, reject_attribute},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
