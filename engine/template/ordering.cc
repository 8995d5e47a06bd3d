#include "engine/template/ordering.h"

#include <algorithm>

#include "engine/template/unicode.h"

namespace holdfast::jinja {

Value without_case(const Value& value) {
  if (!value.is_text() && !value.is_secret()) return value;
  return lower(value.bytes());
}

Result<std::string> path_argument(const Call& call, std::size_t i) {
  if (call.arg(i).is_int()) return std::to_string(call.arg(i).as_int());
  if (call.arg(i).is_secret()) {
    return fail(Code::SecretRefused, "a secret can't name an attribute");
  }
  return call.text(i, "");
}

Result<Value> sort_key(const Value& item, const std::string& path, bool cased) {
  HF_TRY(const Value found, used(path.empty() ? of(item) : attribute_of(item, path)));
  return cased ? found : without_case(found);
}

Result<void> sort_keyed(std::vector<KeyedItem>& items, bool reverse, Budget& budget) {
  std::optional<Error> error;
  const auto less = [&](const KeyedItem& a, const KeyedItem& b) {
    for (std::size_t i = 0; i < a.keys.size(); ++i) {
      if (error || !budget.spend_items(8)) return false;
      if (equal(a.keys[i], b.keys[i], budget)) continue;
      Result<int> order = compare(a.keys[i], b.keys[i], budget);
      if (!order) error = std::move(order.error());
      return order && *order < 0;
    }
    return false;
  };
  std::stable_sort(items.begin(), items.end(), [&](const KeyedItem& a, const KeyedItem& b) {
    return reverse ? less(b, a) : less(a, b);
  });
  if (error) return fail(std::move(*error));
  return {};
}

Result<ValueList> sorted(ValueList items, const std::vector<std::string>& paths,
                         SortOptions options, Budget& budget) {
  std::vector<KeyedItem> keyed;
  for (Value& item : items) {
    ValueList keys;
    for (const std::string& path : paths) {
      HF_TRY(Value key, sort_key(item, path, options.cased));
      keys.push_back(std::move(key));
    }
    if (paths.empty()) keys.push_back(options.cased ? item : without_case(item));
    keyed.push_back({std::move(keys), std::move(item)});
    if (!budget.spend_items(8)) break;
  }
  HF_CHECK(sort_keyed(keyed, options.reverse, budget));
  ValueList out;
  for (KeyedItem& one : keyed) out.push_back(std::move(one.item));
  return out;
}

bool Seen::has(const Value& value) const {
  budget_.spend_items(8 + others_.size());
  if (value.is_text() || value.is_secret()) return texts_.count(std::string(value.bytes())) > 0;
  return std::any_of(others_.begin(), others_.end(), [&](const Value& other) {
    return !budget_.exhausted() && equal(other, value, budget_);
  });
}

bool Seen::add(const Value& value) {
  if (has(value)) return false;
  if (value.is_text() || value.is_secret()) {
    texts_.emplace(value.bytes());
  } else {
    others_.push_back(value);
  }
  return true;
}

}  // namespace holdfast::jinja
