#include <algorithm>

#include "engine/core/text.h"
#include "engine/inventory/builder.h"
#include "engine/manifest/scope.h"
#include "engine/observe/facts.h"

namespace holdfast {
namespace {

constexpr const char* kEnvironment = "environment";

const std::vector<std::string>& special_names() {
  static const std::vector<std::string> kNames{"inventory_hostname", "inventory_hostname_short",
                                               "group_names",        "groups",
                                               "hostvars",           "facts"};
  return kNames;
}

Value texts(const std::vector<std::string>& names) {
  ValueList out;
  for (const std::string& name : names) out.emplace_back(name);
  return out;
}

bool has_expression(const Value& value) {
  if (value.is_text()) return Template::has_markup(value.as_text());
  if (value.is_list()) {
    return std::any_of(value.as_list().begin(), value.as_list().end(), has_expression);
  }
  if (!value.is_map()) return false;
  return std::any_of(value.as_map().begin(), value.as_map().end(),
                     [](const auto& entry) { return has_expression(entry.second); });
}

/// Of a password's expression even the text is secret; only names are told.
Error without_secrets(Error error) {
  if (error.code == Code::UndefinedName || error.code == Code::VariableCycle) return error;
  return Error{
      .code = error.code, .message = "the expression of a secret is wrong", .where = error.where};
}

}  // namespace

World::World(const Inventory& inventory, const std::map<std::string, Value>& facts,
             const std::map<std::string, std::string>& set, std::string environment)
    : inventory_(inventory), facts_(facts), set_(set), environment_(std::move(environment)) {
  ValueMap groups;
  for (const Group& group : inventory.groups()) {
    groups.append(group.name, texts(inventory.members(group.name)));
  }
  for (const char* name : {"all", "ungrouped"}) {
    if (groups.find(name) == nullptr) groups.append(name, texts(inventory.members(name)));
  }
  groups_ = Value(std::move(groups));
}

World::~World() = default;

Value World::facts(const std::string& host) const {
  const auto found = facts_.find(host);
  return found == facts_.end() ? unknown_facts(host) : found->second.tainted({host});
}

const std::string* World::set_text(const std::string& name) const {
  const auto found = set_.find(name);
  return found == set_.end() ? nullptr : &found->second;
}

const HostScope& World::scope(const std::string& host) {
  auto& scope = scopes_[host];
  if (!scope) scope = std::make_unique<HostScope>(*this, *inventory_.host(host));
  return *scope;
}

Value World::variables_of(const InventoryHost& host, bool rendered) {
  ValueMap out;
  for (const auto& [name, variable] : host.variables) {
    if (!has_expression(variable.value)) {
      out.append(name, variable.value);
    } else if (rendered) {
      // One that can't be evaluated is as good as not there: who asks for it is told so.
      const auto value = scope(host.name).variable(name);
      if (value && value->has_value()) out.append(name, **value);
    }
  }
  out.set("inventory_hostname", host.name);
  out.set("group_names", texts(host.groups));
  out.set("facts", facts(host.name));
  return out;
}

const Value& World::hostvars() {
  if (hostvars_) return *hostvars_;
  const auto make = [&](bool rendered) {
    ValueMap all;
    for (const InventoryHost& host : inventory_.hosts()) {
      all.append(host.name, variables_of(host, rendered));
    }
    return Value(std::move(all));
  };
  if (!plain_hostvars_) plain_hostvars_ = make(false);
  if (making_hostvars_) return *plain_hostvars_;
  making_hostvars_ = true;
  hostvars_ = make(true);
  making_hostvars_ = false;
  // What saw only half of the hosts' variables is evaluated again.
  for (const auto& [name, scope] : scopes_) scope->forget();
  return *hostvars_;
}

std::optional<Value> HostScope::special(const std::string& name) const {
  if (name == "facts") return world_.facts(host_.name);
  if (name == "groups") return world_.groups();
  if (name == "hostvars") return world_.hostvars();
  if (name == "group_names") return texts(host_.groups);
  if (name == "inventory_hostname") return Value(host_.name);
  if (name == "inventory_hostname_short") return Value(host_.name.substr(0, host_.name.find('.')));
  return std::nullopt;
}

Result<std::optional<Value>> HostScope::find(const std::string& name) const {
  if (auto value = special(name)) return value;
  if (const std::string* text = world_.set_text(name)) {
    return std::optional<Value>(set_value(*text));
  }
  HF_TRY(std::optional<Value> own, variable(name));
  if (own) return own;
  // An inventory that has a variable of that name means its own.
  if (name == kEnvironment && !world_.environment().empty()) {
    return std::optional<Value>(Value(world_.environment()));
  }
  return std::optional<Value>();
}

Result<std::optional<Value>> HostScope::variable(const std::string& name) const {
  const auto found = host_.variables.find(name);
  if (found == host_.variables.end()) return std::optional<Value>();
  const auto known = known_.find(name);
  if (known != known_.end()) {
    if (!known->second) return fail(known->second.error());
    return std::optional<Value>(*known->second);
  }
  if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) {
    asked_.push_back(name);
    Error circle{.code = Code::VariableCycle,
                 .message = "the variable '" + printable(name) +
                            "' refers to itself: " + printable(join(asked_, " → ")),
                 .where = found->second.where};
    asked_.pop_back();
    return fail(std::move(circle));
  }
  asked_.push_back(name);
  Result<Value> value = rendered(found->second.value, found->second.where);
  asked_.pop_back();
  if (is_password_variable(name)) {
    if (!value) value = fail(without_secrets(std::move(value.error())));
    const bool kept = !value || value->is_null() || value->is_unknown() || value->is_secret();
    if (!kept) value = Value(Secret(value->display())).tainted(value->reported_by());
  }
  known_.emplace(name, value);
  if (!value) return fail(value.error());
  return std::optional<Value>(*value);
}

Result<Value> HostScope::rendered(const Value& value, const Position& where) const {
  if (!has_expression(value)) return value;
  if (value.is_text()) {
    HF_TRY(const Template parsed, Template::parse(value.as_text(), where));
    return parsed.render(*this);
  }
  if (value.is_list()) {
    ValueList out;
    for (const Value& item : value.as_list()) {
      HF_TRY(Value one, rendered(item, where));
      out.push_back(std::move(one));
    }
    return Value(std::move(out));
  }
  ValueMap out;
  for (const auto& [name, item] : value.as_map()) {
    HF_TRY(Value one, rendered(item, where));
    out.append(name, std::move(one));
  }
  return Value(std::move(out));
}

std::vector<std::string> HostScope::names() const {
  std::vector<std::string> out = special_names();
  for (const auto& [name, variable] : host_.variables) out.push_back(name);
  if (!world_.environment().empty()) out.emplace_back(kEnvironment);
  return out;
}

Error HostScope::undefined_here(Error error, const std::string& name) const {
  std::string more;
  for (const InventoryHost& other : world_.inventory().hosts()) {
    const auto found = other.variables.find(name);
    if (found == other.variables.end()) continue;
    const Position& where = found->second.where;
    more = " (it is on " + printable(other.name);
    if (where.known()) more += ", by " + where.source->path + ":" + std::to_string(where.line);
    return on_host(std::move(error), host_.name, more + ")");
  }
  if (name == kEnvironment) more = ": no environment is chosen, by -e or holdfast.yaml";
  return on_host(std::move(error), host_.name, more);
}

Value set_value(const std::string& text) {
  YamlNode node{.kind = YamlNode::Kind::Scalar, .scalar = text};
  if (text.empty() || text == "~" || text == "null") node.kind = YamlNode::Kind::Null;
  return yaml12_value(node);
}

}  // namespace holdfast
