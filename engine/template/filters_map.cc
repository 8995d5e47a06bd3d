#include <algorithm>

#include "engine/core/text.h"
#include "engine/template/builtin.h"
#include "engine/template/ordering.h"

// Filters on maps.
namespace holdfast::jinja {
namespace {

Result<Term> items(Call& call) {
  if (!call.value().is_map()) return call.needs("a map", call.value());
  ValueList out;
  call.budget.spend_items(2 * call.value().as_map().size());
  for (const auto& [key, item] : call.value().as_map()) {
    out.emplace_back(ValueList{Value(key), item});
  }
  return of(std::move(out));
}

Result<Term> dictsort(Call& call) {
  if (!call.value().is_map()) return call.needs("a map", call.value());
  HF_TRY(const std::string by, call.text(1, "key"));
  if (by != "key" && by != "value")
    return call.wrong("sorts by key or value, not " + in_quotes(by));
  std::vector<KeyedItem> keyed;
  for (const auto& [key, item] : call.value().as_map()) {
    const Value basis = by == "key" ? Value(key) : item;
    keyed.push_back(
        {{call.truth(0, false) ? basis : without_case(basis)}, Value(ValueList{Value(key), item})});
    if (!call.budget.spend_items(16)) break;
  }
  HF_CHECK(sort_keyed(keyed, call.truth(2, false), call.budget));
  ValueList out;
  for (KeyedItem& pair : keyed) out.push_back(std::move(pair.item));
  return of(std::move(out));
}

Result<Term> dict_to_items(Call& call) {
  if (!call.value().is_map()) return call.needs("a map", call.value());
  HF_TRY(const std::string key_name, call.text(0, "key"));
  HF_TRY(const std::string value_name, call.text(1, "value"));
  ValueList out;
  call.budget.spend_items(2 * call.value().as_map().size());
  for (const auto& [key, item] : call.value().as_map()) {
    ValueMap row;
    row.set(key_name, key);
    row.set(value_name, item);
    out.emplace_back(std::move(row));
  }
  return of(std::move(out));
}

/// A value as a key, where it can be one.
Result<std::string> as_key(const Call& call, const Value& value) {
  if (value.is_secret()) {
    return fail(Code::SecretRefused, "a secret can't be a key",
                "keys are shown in plans; use it as a value");
  }
  if (value.is_int()) return std::to_string(value.as_int());
  if (!value.is_text()) return call.needs("texts as keys", value);
  return value.as_text();
}

Result<Term> items_to_dict(Call& call) {
  if (!call.value().is_list()) return call.needs("a list of maps", call.value());
  HF_TRY(const std::string key_name, call.text(0, "key"));
  HF_TRY(const std::string value_name, call.text(1, "value"));
  ValueMap out;
  for (const Value& row : call.value().as_list()) {
    if (row.is_unknown()) return of(row);
    if (!row.is_map()) return call.needs("a list of maps", row);
    const Value* key = row.as_map().find(key_name);
    const Value* item = row.as_map().find(value_name);
    if (key == nullptr || item == nullptr) {
      return call.wrong("needs each map to have " + in_quotes(key_name) + " and " +
                        in_quotes(value_name));
    }
    if (key->is_unknown()) return of(*key);
    HF_TRY(std::string name, as_key(call, *key));
    if (!call.budget.spend_items(out.size() + 8)) break;
    out.set(std::move(name), *item);
  }
  return of(std::move(out));
}

/// How two values of one key become one; Ansible's merge_hash.
class Merger {
 public:
  Merger(bool recursive, std::string lists, Budget& budget)
      : recursive_(recursive), lists_(std::move(lists)), budget_(budget) {}

  ValueMap merge(const ValueMap& low, const ValueMap& high, int depth = 0) const {
    ValueMap out = low;
    for (const auto& [key, value] : high) {
      if (!budget_.spend_items(out.size() + 8)) break;
      const Value* old = out.find(key);
      out.set(key, old == nullptr ? value : one(*old, value, depth));
    }
    return out;
  }

 private:
  Value one(const Value& low, const Value& high, int depth) const {
    if (low.is_map() && high.is_map() && recursive_) {
      if (depth > kMaxValueDepth) budget_.spend(kMaxSteps + 1);
      if (budget_.exhausted()) return {};
      return Value(merge(low.as_map(), high.as_map(), depth + 1))
          .tainted(low.reported_by())
          .tainted(high.reported_by());
    }
    if (!low.is_list() || !high.is_list() || lists_ == "replace") return high;
    if (lists_ == "keep") return low;
    const bool append = starts_with(lists_, "append");
    ValueList first = append ? low.as_list() : high.as_list();
    ValueList second = append ? high.as_list() : low.as_list();
    // "_rp" drops from the lower list what the higher one has.
    if (ends_with(lists_, "_rp")) drop(append ? first : second, high.as_list());
    budget_.spend_items(first.size() + second.size());
    first.insert(first.end(), second.begin(), second.end());
    return Value(std::move(first)).tainted(low.reported_by()).tainted(high.reported_by());
  }

  void drop(ValueList& from, const ValueList& present) const {
    Seen seen(budget_);
    for (const Value& item : present) seen.add(item);
    from.erase(
        std::remove_if(from.begin(), from.end(), [&](const Value& item) { return seen.has(item); }),
        from.end());
  }

  bool recursive_;
  std::string lists_;
  Budget& budget_;
};

Result<void> collect_maps(const Call& call, const Value& value, ValueList& out) {
  if (value.is_map()) {
    out.push_back(value);
    return {};
  }
  if (!value.is_list()) return call.needs("maps", value);
  for (const Value& item : value.as_list()) {
    if (!item.is_map() && !item.is_unknown()) return call.needs("maps", item);
    out.push_back(item);
    if (!call.budget.spend_items(8)) break;
  }
  return {};
}

Result<Term> combine(Call& call) {
  bool recursive = false;
  std::string lists = "replace";
  for (const auto& [key, term] : call.rest.named) {
    if (key == "recursive") {
      recursive = !(term.value.is_null() || equal(term.value, Value(false), call.budget));
    } else if (key == "list_merge" && term.value.is_text()) {
      lists = term.value.as_text();
    } else {
      return call.wrong("has no argument " + in_quotes(key),
                        "its arguments: recursive, list_merge");
    }
  }
  static const std::vector<std::string> kLists = {"replace", "keep",      "append",
                                                  "prepend", "append_rp", "prepend_rp"};
  if (std::find(kLists.begin(), kLists.end(), lists) == kLists.end()) {
    return call.wrong("has no list_merge " + in_quotes(lists), "one of " + join(kLists, ", "));
  }
  ValueList maps;
  HF_CHECK(collect_maps(call, call.value(), maps));
  for (const Term& term : call.rest.positional) HF_CHECK(collect_maps(call, term.value, maps));
  Mixture parts(call.budget);
  ValueMap out;
  const Merger merger(recursive, lists, call.budget);
  for (const Value& map : maps) {
    parts.touch(map);
    if (!map.is_map()) return of(parts.moved({}));
    out = merger.merge(out, map.as_map());
  }
  return of(parts.moved(std::move(out)));
}

Result<Term> extract(Call& call) {
  Term found = member_of(call.arg(0), call.value());
  ValueList more;
  if (call.has(1) && call.arg(1).is_list()) {
    more = call.arg(1).as_list();
  } else if (call.has(1) && !call.arg(1).is_null()) {
    more.push_back(call.arg(1));
  }
  for (const Value& key : more) {
    if (!found.defined()) break;
    found = member_of(found.value, key);
  }
  return found;
}

Result<Term> subelements(Call& call) {
  HF_TRY(const std::string path, path_argument(call, 0));
  const bool skip = call.truth(1, false);
  ValueList elements;
  if (call.value().is_map()) {
    for (const auto& [key, item] : call.value().as_map()) elements.push_back(item);
  } else if (call.value().is_list()) {
    elements = call.value().as_list();
  } else {
    return call.needs("a list or a map", call.value());
  }
  ValueList out;
  for (const Value& element : elements) {
    const Term found = attribute_of(element, path);
    if (!found.defined() && skip) continue;
    HF_TRY(const Value list, used(found));
    if (list.is_unknown()) return of(list);
    if (!list.is_list()) return call.needs("a list at " + in_quotes(path), list);
    for (const Value& item : list.as_list()) {
      if (!call.budget.spend_items(16)) break;
      out.emplace_back(ValueList{element, item});
    }
  }
  return of(std::move(out));
}

}  // namespace

const Builtins& map_filters() {
  static const Builtins kFilters = {
      {"items", "", Flow::Moves, items, 1},
      {"dictsort", "case_sensitive by reverse", Flow::Compares, dictsort, 1},
      {"dict2items", "key_name value_name", Flow::Moves, dict_to_items, 1},
      {"items2dict", "key_name value_name", Flow::Moves, items_to_dict},
      {"combine", "* **", Flow::Moves, combine},
      {"extract", "container! morekeys", Flow::Moves, extract},
      {"subelements", "subelements! skip_missing", Flow::Moves, subelements, 1},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
