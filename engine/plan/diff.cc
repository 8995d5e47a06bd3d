#include "engine/plan/diff.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

/// Longer values say nothing in a reason; the attribute's own lines show them.
constexpr std::size_t kLongestShown = 60;

std::string shown(const Value& value) {
  const std::string text = printable(value.display());
  return value.is_text() && text.empty() ? "\"\"" : text;
}

/// "mode 0644 -> 0600", "content differs", "owner can't be told (needs root)".
std::string difference(const Schema& schema, const AttributeChange& change) {
  if (const Unknown* unknown = change.before.find_unknown()) {
    return change.name + " can't be told (" + printable(unknown->cause) + ")";
  }
  const Attribute* attribute = schema.find(change.name);
  const bool hidden = attribute != nullptr && (attribute->secret || attribute->content);
  if (hidden || change.before.holds_secret() || change.after.holds_secret()) {
    return change.name + (change.before.is_null() ? " is not set" : " differs");
  }
  const std::string before = shown(change.before);
  const std::string after = shown(change.after);
  if (before.size() > kLongestShown || after.size() > kLongestShown) {
    return change.name + (change.before.is_null() ? " is not set" : " differs");
  }
  if (change.before.is_null()) return change.name + " is not " + after;
  return change.name + " " + before + " -> " + after;
}

/// What is stated is no default, also where the old thing had it already.
void add_defaults(Change& change, const State& desired, const State& defaults) {
  for (const auto& [name, value] : defaults) {
    const bool listed = change.find(name) != nullptr;
    const Value* same = change.before ? change.before->find(name) : nullptr;
    const Value* stated = desired.find(name);
    if (stated != nullptr && !stated->is_null()) continue;
    if (listed || value.is_null() || (same != nullptr && *same == value)) continue;
    change.attributes.push_back({name, same == nullptr ? Value{} : *same, value});
  }
}

Change creation(const Schema& schema, const State& desired, const State& defaults) {
  Change change{.action = Action::Create, .reason = "does not exist"};
  for (const auto& [name, value] : desired) {
    const Attribute* attribute = schema.find(name);
    if (value.is_null() || (attribute != nullptr && attribute->computed)) continue;
    change.attributes.push_back({name, {}, value});
  }
  add_defaults(change, desired, defaults);
  return change;
}

/// Of a state of which nothing is known: why. Not even whether the thing is there is, then.
const Unknown* all_unknown(const State& state) {
  for (const auto& [name, value] : state) {
    if (!value.is_unknown()) return nullptr;
  }
  return state.empty() ? nullptr : state.begin()->second.find_unknown();
}

}  // namespace

Change diff(const Schema& schema, const State& desired, const std::optional<State>& observed,
            const State& defaults) {
  if (!observed) return creation(schema, desired, defaults);
  Change change{.before = observed};
  bool replaced = false;
  std::vector<std::string> reasons;
  for (const auto& [name, wanted] : desired) {
    if (wanted.is_null()) continue;
    const Value* found = observed->find(name);
    const Value before = found == nullptr ? Value{} : *found;
    if (before == wanted) continue;
    const Attribute* attribute = schema.find(name);
    const bool known = before.find_unknown() == nullptr;
    replaced = replaced || (attribute != nullptr && attribute->immutable && known);
    change.attributes.push_back({name, before, wanted});
    reasons.push_back(difference(schema, change.attributes.back()));
  }
  if (change.attributes.empty()) return change;
  change.action = replaced ? Action::Replace : Action::Update;
  change.reason = join(reasons, ", ");
  if (replaced) add_defaults(change, desired, defaults);
  return change;
}

Change diff(const Kind& kind, const Resource& resource, const std::optional<State>& observed) {
  if (!resource.absent) {
    return diff(kind.schema(), kind.desired(resource), observed, kind.creation_defaults(resource));
  }
  Change change{.before = observed};
  if (observed) {
    change.action = Action::Delete;
    change.reason = "ensure: absent";
    if (const Unknown* cause = all_unknown(*observed)) {
      change.attributes.push_back({"ensure", *cause, Value("absent")});
    }
  }
  return change;
}

}  // namespace holdfast
