#include <algorithm>

#include "engine/core/text.h"
#include "engine/template/builtin.h"
#include "engine/template/ordering.h"
#include "engine/template/python_text.h"
#include "engine/template/unicode.h"

// Filters on lists and other things with items.
namespace holdfast::jinja {
namespace {

Result<Term> length(Call& call) {
  const Value& value = call.value();
  std::size_t count = 0;
  if (value.is_list()) {
    count = value.as_list().size();
  } else if (value.is_map()) {
    count = value.as_map().size();
  } else if (value.is_text() || value.is_secret()) {
    count = character_count(value.bytes());
  } else {
    return call.needs("a text, a list or a map", value);
  }
  return of(static_cast<std::int64_t>(count));
}

Result<Term> first(Call& call) {
  HF_TRY(ValueList items, call.items());
  if (items.empty())
    return undefined("there is no first item: " + a_type(call.value()) + " is empty");
  return of(std::move(items.front()));
}

Result<Term> last(Call& call) {
  HF_TRY(ValueList items, call.items());
  if (items.empty())
    return undefined("there is no last item: " + a_type(call.value()) + " is empty");
  return of(std::move(items.back()));
}

Result<Term> list(Call& call) {
  HF_TRY(ValueList items, call.items());
  return of(std::move(items));
}

Result<Term> reverse(Call& call) {
  HF_TRY(ValueList items, call.items());
  std::reverse(items.begin(), items.end());
  if (call.value().is_list() || call.value().is_map()) return of(std::move(items));
  std::string text;
  for (const Value& character : items) text += character.bytes();
  return of(call.value().is_secret() ? Value(Secret(std::move(text))) : Value(std::move(text)));
}

Result<Term> sort(Call& call) {
  HF_TRY(ValueList items, call.items());
  std::vector<std::string> paths;
  if (call.has(2) && !call.arg(2).is_null()) {
    HF_TRY(const std::string attribute, path_argument(call, 2));
    for (const std::string_view path : split(attribute, ',')) paths.emplace_back(path);
  }
  HF_TRY(ValueList out,
         sorted(std::move(items), paths,
                {.reverse = call.truth(0, false), .cased = call.truth(1, false)}, call.budget));
  return of(std::move(out));
}

Result<Term> extreme(Call& call, bool greatest) {
  HF_TRY(const ValueList items, call.items());
  if (items.empty())
    return undefined("there is no item to choose: " + a_type(call.value()) + " is empty");
  std::string path;
  if (call.has(1) && !call.arg(1).is_null()) {
    HF_TRY(path, path_argument(call, 1));
  }
  HF_TRY(Value best_key, sort_key(items[0], path, call.truth(0, false)));
  std::size_t best = 0;
  for (std::size_t i = 1; i < items.size(); ++i) {
    HF_TRY(Value key, sort_key(items[i], path, call.truth(0, false)));
    HF_TRY(const int order, compare(key, best_key, call.budget));
    if (!call.budget.spend_items(8)) break;
    if (greatest ? order <= 0 : order >= 0) continue;
    best = i;
    best_key = std::move(key);
  }
  return of(items[best]);
}

Result<Term> least(Call& call) { return extreme(call, false); }
Result<Term> greatest(Call& call) { return extreme(call, true); }

Result<Term> sum(Call& call) {
  HF_TRY(const ValueList items, call.items());
  std::string path;
  const bool by_attribute = call.has(0) && !call.arg(0).is_null();
  if (by_attribute) {
    HF_TRY(path, path_argument(call, 0));
  }
  Value total = call.has(1) ? call.arg(1) : Value(0);
  if (total.is_text()) return call.needs("a number to start from", total);
  for (const Value& item : items) {
    if (!call.budget.spend(1)) break;
    HF_TRY(const Value part, used(by_attribute ? attribute_of(item, path) : of(item)));
    HF_TRY(total, calculate(Operator::Add, of(total), of(part), call.budget));
  }
  return of(std::move(total));
}

Result<Term> join_items(Call& call) {
  HF_TRY(const ValueList items, call.items());
  Mixture ignored(call.budget);
  const std::string separator =
      call.has(0) ? to_text(call.arg(0), ignored, call.budget) : std::string();
  const bool by_attribute = call.has(1) && !call.arg(1).is_null();
  std::string path;
  if (by_attribute) {
    HF_TRY(path, path_argument(call, 1));
  }
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += separator;
    HF_TRY(const Value part, used(by_attribute ? attribute_of(items[i], path) : of(items[i])));
    out += to_text(part, ignored, call.budget);
    if (out.size() > kMaxText) call.budget.spend_text(out.size());
    if (!call.budget.spend_text(separator.size() + 256)) break;
  }
  return of(std::move(out));
}

Result<Term> batch(Call& call) {
  HF_TRY(const ValueList items, call.items());
  HF_TRY(const std::int64_t size, call.whole(0, 1));
  if (size < 1 || size > kMaxRange) return call.wrong("needs a size of 1 to 100000");
  const bool filled = call.has(1) && !call.arg(1).is_null();
  ValueList out;
  for (auto from = items.begin(); from != items.end();) {
    const auto to = from + std::min<std::ptrdiff_t>(size, items.end() - from);
    ValueList row(from, to);
    if (filled) row.resize(static_cast<std::size_t>(size), call.arg(1));
    call.budget.spend_items(row.size());
    out.emplace_back(std::move(row));
    from = to;
  }
  return of(std::move(out));
}

Result<Term> slice(Call& call) {
  HF_TRY(const ValueList items, call.items());
  HF_TRY(const std::int64_t slices, call.whole(0, 1));
  if (slices < 1 || slices > kMaxRange) return call.wrong("needs 1 to 100000 slices");
  const auto count = static_cast<std::int64_t>(items.size());
  const std::int64_t each = count / slices;
  const std::int64_t longer = count % slices;
  call.budget.spend_items(static_cast<std::size_t>(slices));
  ValueList out;
  auto from = items.begin();
  for (std::int64_t i = 0; i < slices; ++i) {
    const auto to = from + (each + (i < longer ? 1 : 0));
    ValueList row(from, to);
    if (call.has(1) && !call.arg(1).is_null() && i >= longer) row.push_back(call.arg(1));
    out.emplace_back(std::move(row));
    from = to;
  }
  return of(std::move(out));
}

Result<Term> group_by(Call& call) {
  HF_TRY(const ValueList items, call.items());
  HF_TRY(const std::string path, path_argument(call, 0));
  const bool cased = call.truth(2, false);
  std::vector<KeyedItem> keyed;
  for (const Value& item : items) {
    Term found = attribute_of(item, path);
    if (!found.defined() && call.has(1)) found = of(call.arg(1));
    HF_TRY(const Value shown_key, used(found));
    keyed.push_back({{cased ? shown_key : without_case(shown_key)}, item, shown_key});
    if (!call.budget.spend(1)) break;
  }
  HF_CHECK(sort_keyed(keyed, false, call.budget));
  ValueList out;
  for (std::size_t i = 0; i < keyed.size();) {
    ValueList group;
    const std::size_t begin = i;
    for (; i < keyed.size() && equal(keyed[i].keys[0], keyed[begin].keys[0], call.budget); ++i) {
      group.push_back(keyed[i].item);
    }
    if (i == begin) break;
    out.emplace_back(ValueList{keyed[begin].shown, Value(std::move(group))});
  }
  return of(std::move(out));
}

Result<void> flatten_into(ValueList& out, const Value& list, std::int64_t levels, bool skip_nulls,
                          Budget& budget) {
  for (const Value& item : list.as_list()) {
    if (!budget.spend(1)) return {};
    const bool null_text = item.is_text() && (item.as_text() == "None" || item.as_text() == "null");
    if (skip_nulls && (item.is_null() || null_text)) continue;
    if (item.is_list() && levels != 0) {
      HF_CHECK(flatten_into(out, item, levels - 1, skip_nulls, budget));
    } else {
      out.push_back(item);
    }
  }
  return {};
}

Result<Term> flatten(Call& call) {
  if (!call.value().is_list()) return call.needs("a list", call.value());
  HF_TRY(const std::int64_t levels, call.whole(0, -1));
  ValueList out;
  HF_CHECK(flatten_into(out, call.value(), levels, call.truth(1, true), call.budget));
  return of(std::move(out));
}

/// Rows of one item of each list; as long as the shortest, or the longest with a filling.
Result<Term> zipped(Call& call, bool longest, const Value& filling) {
  std::vector<ValueList> columns;
  HF_TRY(ValueList own, call.items());
  columns.push_back(std::move(own));
  for (const Term& term : call.rest.positional) {
    HF_TRY(ValueList items, call.items_of(term.value));
    columns.push_back(std::move(items));
  }
  std::size_t rows = columns[0].size();
  for (const ValueList& column : columns) {
    rows = longest ? std::max(rows, column.size()) : std::min(rows, column.size());
  }
  ValueList out;
  for (std::size_t i = 0; i < rows && call.budget.spend_items(8 + columns.size()); ++i) {
    ValueList row;
    for (const ValueList& column : columns) row.push_back(i < column.size() ? column[i] : filling);
    out.emplace_back(std::move(row));
  }
  return of(std::move(out));
}

Result<Term> zip(Call& call) { return zipped(call, false, {}); }

Result<Term> zip_longest(Call& call) {
  Value filling;
  for (const auto& [key, term] : call.rest.named) {
    if (key != "fillvalue") return call.wrong("has no argument " + in_quotes(key));
    filling = term.value;
  }
  return zipped(call, true, filling);
}

}  // namespace

const Builtins& list_filters() {
  static const Builtins kFilters = {
      {"length", "", Flow::Moves, length},
      {"count", "", Flow::Moves, length},
      {"first", "", Flow::Moves, first},
      {"last", "", Flow::Moves, last},
      {"list", "", Flow::Moves, list, 0},
      {"reverse", "", Flow::Moves, reverse},
      {"sort", "reverse case_sensitive attribute", Flow::Compares, sort},
      {"min", "case_sensitive attribute", Flow::Compares, least},
      {"max", "case_sensitive attribute", Flow::Compares, greatest},
      {"sum", "attribute start", Flow::Builds, sum},
      {"join", "d attribute", Flow::Builds, join_items},
      {"batch", "linecount! fill_with", Flow::Moves, batch, 1},
      {"slice", "slices! fill_with", Flow::Moves, slice, 1},
      {"groupby", "attribute! default case_sensitive", Flow::Compares, group_by, 2},
      {"flatten", "levels skip_nulls", Flow::Moves, flatten},
      {"zip", "*", Flow::Moves, zip, 1},
      {"zip_longest", "* **", Flow::Moves, zip_longest, 1},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
