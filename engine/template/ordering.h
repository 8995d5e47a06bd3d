#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "engine/template/builtin.h"

namespace holdfast::jinja {

/// An item, and what it is ordered by.
struct KeyedItem {
  ValueList keys;
  Value item;
  Value shown{};  ///< The key as it is written, where `keys` are without case.
};

struct SortOptions {
  bool reverse = false;
  bool cased = false;
};

/// Stable, as Python's sorted. @errors HF2104 keys that have no order.
Result<void> sort_keyed(std::vector<KeyedItem>& items, bool reverse, Budget& budget);
/// By the attributes at `paths`, or by the items themselves.
Result<ValueList> sorted(ValueList items, const std::vector<std::string>& paths,
                         SortOptions options, Budget& budget);
/// What one item is ordered by. @errors HF2101 it has no such attribute.
Result<Value> sort_key(const Value& item, const std::string& path, bool cased);
/// A text in lower case; anything else as it is.
Value without_case(const Value& value);
/// An attribute's path given as an argument: a text, or a number as an index.
Result<std::string> path_argument(const Call& call, std::size_t i);

/// Values that were met already, by Python's ==.
class Seen {
 public:
  explicit Seen(Budget& budget) : budget_(budget) {}
  /// False where it was there before.
  bool add(const Value& value);
  bool has(const Value& value) const;

 private:
  Budget& budget_;
  std::unordered_set<std::string> texts_;
  ValueList others_;
};

}  // namespace holdfast::jinja
