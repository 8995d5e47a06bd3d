#include "engine/template/mixture.h"

#include "engine/template/python_text.h"

namespace holdfast::jinja {
namespace {

/// Numbers can't be masked where they are shown, so one made from a secret stays a secret text.
Value made_secret(const Value& value, Budget& budget) {
  if (!budget.spend(1)) return {};
  if (value.is_text()) return Secret(value.as_text());
  if (value.is_int() || value.is_float()) {
    Mixture ignored(budget);
    return Secret(to_text(value, ignored, budget));
  }
  if (value.is_list()) {
    ValueList items;
    for (const Value& item : value.as_list()) items.push_back(made_secret(item, budget));
    return items;
  }
  if (value.is_map()) {
    ValueMap map = value.as_map();
    for (auto& [key, item] : map) item = made_secret(item, budget);
    return map;
  }
  return value;
}

}  // namespace

void Mixture::touch(const Value& value) {
  if (value.is_unknown() && !cause_) cause_ = value.as_unknown().cause;
  if (!value.reported_by().empty()) {
    hosts_.insert(value.reported_by().begin(), value.reported_by().end());
  }
}

void Mixture::add(const Value& value, int depth) {
  touch(value);
  if (value.is_secret()) secret_ = true;
  if (!value.is_list() && !value.is_map()) return;
  // Values may share their parts: without a bound, a small one could take for ever to walk.
  if (depth > kMaxValueDepth) budget_->spend(kMaxSteps);
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      if (!budget_->spend_items(8)) return;
      add(item, depth + 1);
    }
    return;
  }
  for (const auto& [key, item] : value.as_map()) {
    if (!budget_->spend_items(8)) return;
    add(item, depth + 1);
  }
}

Value Mixture::moved(Value result) const {
  if (cause_) return Value(Unknown{*cause_}).tainted(hosts_);
  return result.tainted(hosts_);
}

Value Mixture::built(Value result) const {
  if (cause_ || !secret_) return moved(std::move(result));
  return made_secret(result, *budget_).tainted(hosts_);
}

}  // namespace holdfast::jinja
