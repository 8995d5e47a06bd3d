#pragma once

#include <optional>
#include <set>
#include <string>

#include "engine/core/value.h"
#include "engine/template/budget.h"

namespace holdfast::jinja {

/// What went into a result: the one place that decides how secrets, unknowns and the hosts that
/// reported something spread.
class Mixture {
 public:
  explicit Mixture(Budget& budget) : budget_(&budget) {}

  /// A value that is handed on, or asked for its own type or size: its items keep what they carry.
  void touch(const Value& value);
  /// A value that is read as a whole.
  void add(const Value& value) { add(value, 0); }

  bool unknown() const { return cause_.has_value(); }
  bool secret() const { return secret_; }
  const std::set<std::string>& hosts() const { return hosts_; }

  /// The result of handing values on or comparing them: Unknown if one was, and resting on the same
  /// hosts.
  Value moved(Value result) const;
  /// The result of making a text or a number from the values' own bytes: also secret if one was.
  Value built(Value result) const;

 private:
  void add(const Value& value, int depth);

  Budget* budget_;
  std::optional<std::string> cause_;  ///< Of the first unknown.
  bool secret_ = false;
  std::set<std::string> hosts_;
};

}  // namespace holdfast::jinja
