#include "engine/template/builtin.h"
#include "engine/template/ordering.h"

// Filters that treat lists as sets, keeping the order of first appearance.
namespace holdfast::jinja {
namespace {

Result<Term> unique(Call& call) {
  HF_TRY(const ValueList items, call.items());
  const bool cased = call.truth(0, false);
  std::string path;
  if (call.has(1) && !call.arg(1).is_null()) {
    HF_TRY(path, path_argument(call, 1));
  }
  Seen seen(call.budget);
  ValueList out;
  for (const Value& item : items) {
    HF_TRY(const Value key, sort_key(item, path, cased));
    if (seen.add(key)) out.push_back(item);
    if (call.budget.exhausted()) break;
  }
  return of(std::move(out));
}

struct Pair {
  ValueList left, right;
};

Result<Pair> two_lists(const Call& call) {
  if (!call.value().is_list()) return call.needs("a list", call.value());
  if (!call.arg(0).is_list()) return call.needs("a list", call.arg(0));
  return Pair{call.value().as_list(), call.arg(0).as_list()};
}

/// Items of `from` once each, those that `in` has or those that it hasn't.
ValueList chosen(const ValueList& from, const ValueList& in, bool wanted, Budget& budget) {
  Seen other(budget);
  for (const Value& item : in) other.add(item);
  Seen seen(budget);
  ValueList out;
  for (const Value& item : from) {
    if (budget.exhausted()) break;
    if (other.has(item) == wanted && seen.add(item)) out.push_back(item);
  }
  return out;
}

Result<Term> union_of(Call& call) {
  HF_TRY(Pair lists, two_lists(call));
  lists.left.insert(lists.left.end(), lists.right.begin(), lists.right.end());
  return of(chosen(lists.left, {}, false, call.budget));
}

Result<Term> intersection(Call& call) {
  HF_TRY(const Pair lists, two_lists(call));
  return of(chosen(lists.left, lists.right, true, call.budget));
}

Result<Term> difference(Call& call) {
  HF_TRY(const Pair lists, two_lists(call));
  return of(chosen(lists.left, lists.right, false, call.budget));
}

Result<Term> symmetric_difference(Call& call) {
  HF_TRY(const Pair lists, two_lists(call));
  ValueList out = chosen(lists.left, lists.right, false, call.budget);
  for (Value& item : chosen(lists.right, lists.left, false, call.budget)) {
    out.push_back(std::move(item));
  }
  return of(std::move(out));
}

}  // namespace

const Builtins& set_filters() {
  static const Builtins kFilters = {
      {"unique", "case_sensitive attribute", Flow::Compares, unique},
      {"union", "b!", Flow::Compares, union_of},
      {"intersect", "b!", Flow::Compares, intersection},
      {"difference", "b!", Flow::Compares, difference},
      {"symmetric_difference", "b!", Flow::Compares, symmetric_difference},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
