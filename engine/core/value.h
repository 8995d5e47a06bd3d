#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace holdfast {

class Value;

/// A text that no output may show. There is no conversion to a string and no stream operator:
/// `reveal()` is the only way in, so that every use can be found by its name. The bytes are wiped
/// when the last copy goes.
class Secret {
 public:
  explicit Secret(std::string bytes);
  std::string_view reveal() const { return *bytes_; }

 private:
  std::shared_ptr<const std::string> bytes_;
};

/// Not known before apply, and why: "facts of h3 (unreachable)", "needs root", "needs trust".
struct Unknown {
  std::string cause;
};

/// A mapping that keeps the order in which it was written. Small: look-ups walk it.
class ValueMap {
 public:
  using Entry = std::pair<std::string, Value>;
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Replaces in place, or appends.
  void set(std::string key, Value value);
  /// Appends without a look-up: for large maps whose keys are known to differ.
  void append(std::string key, Value value);
  bool erase(std::string_view key);
  // Defined below, where an entry is complete.
  bool empty() const;
  std::size_t size() const;
  const Entry* begin() const;
  const Entry* end() const;
  Entry* begin();
  Entry* end();

 private:
  std::vector<Entry> entries_;
};

using ValueList = std::vector<Value>;

/// Anything that a manifest, an inventory or a host can say: null, truth, number, text, secret,
/// unknown, list, map. Immutable contents are shared, so copies are cheap. Carries the names of
/// hosts whose own report went into it (design.md, Trust): what a host says must not open another
/// host's door unasked.
class Value {
 public:
  Value() = default;
  Value(bool v) : data_(v) {}                            // NOLINT: a value is what is given
  Value(int v) : data_(static_cast<std::int64_t>(v)) {}  // NOLINT
  Value(std::int64_t v) : data_(v) {}                    // NOLINT
  Value(double v) : data_(v) {}                          // NOLINT
  Value(const char* v) : data_(std::string(v)) {}        // NOLINT
  Value(std::string v) : data_(std::move(v)) {}          // NOLINT
  Value(std::string_view v) : data_(std::string(v)) {}   // NOLINT
  Value(Secret v) : data_(std::move(v)) {}               // NOLINT
  Value(Unknown v) : data_(std::move(v)) {}              // NOLINT
  Value(ValueList v);                                    // NOLINT
  Value(ValueMap v);                                     // NOLINT

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_float() const { return std::holds_alternative<double>(data_); }
  bool is_text() const { return std::holds_alternative<std::string>(data_); }  ///< Plain text only.
  bool is_secret() const { return std::holds_alternative<Secret>(data_); }
  bool is_unknown() const { return std::holds_alternative<Unknown>(data_); }
  bool is_list() const { return std::holds_alternative<std::shared_ptr<const ValueList>>(data_); }
  bool is_map() const { return std::holds_alternative<std::shared_ptr<const ValueMap>>(data_); }

  /// Each requires that the matching is_…() holds.
  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_int() const { return std::get<std::int64_t>(data_); }
  double as_float() const { return std::get<double>(data_); }
  const std::string& as_text() const { return std::get<std::string>(data_); }
  const Secret& as_secret() const { return std::get<Secret>(data_); }
  const Unknown& as_unknown() const { return std::get<Unknown>(data_); }
  const ValueList& as_list() const { return *std::get<std::shared_ptr<const ValueList>>(data_); }
  const ValueMap& as_map() const { return *std::get<std::shared_ptr<const ValueMap>>(data_); }

  /// Bytes of a text or a secret; for what goes to a host, never for output. "" for anything else.
  std::string_view bytes() const;
  /// Whether a secret / an unknown is anywhere inside.
  bool holds_secret() const;
  const Unknown* find_unknown() const;
  /// For people: texts as they are, secrets as (secret), unknown as (unknown: cause), lists and
  /// maps as compact JSON.
  std::string display() const;
  /// "text", "list", … for messages.
  std::string_view type_name() const;

  /// Hosts whose report this value rests on.
  const std::set<std::string>& reported_by() const;
  /// A copy that also rests on `hosts`.
  Value tainted(const std::set<std::string>& hosts) const;

  /// By contents; a secret equals a text of the same bytes; an unknown equals nothing, itself
  /// included. 1 is not 1.0 and not true.
  friend bool operator==(const Value& a, const Value& b);

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Secret, Unknown,
               std::shared_ptr<const ValueList>, std::shared_ptr<const ValueMap>>
      data_;
  std::shared_ptr<const std::set<std::string>> reported_by_;
};

inline bool ValueMap::empty() const { return entries_.empty(); }
inline std::size_t ValueMap::size() const { return entries_.size(); }
inline const ValueMap::Entry* ValueMap::begin() const { return entries_.data(); }
inline const ValueMap::Entry* ValueMap::end() const { return entries_.data() + entries_.size(); }
inline ValueMap::Entry* ValueMap::begin() { return entries_.data(); }
inline ValueMap::Entry* ValueMap::end() { return entries_.data() + entries_.size(); }

/// Attributes by name, observed or desired.
using State = ValueMap;

/// Hosts whose report went into a value or anything in it.
void collect_reporters(const Value& value, std::set<std::string>& into);

/// A bytewise stable text of a value with every secret replaced by `keyed(secret bytes)`: the basis
/// of digests.
std::string canonical(const Value& value, const std::string& key);

}  // namespace holdfast
