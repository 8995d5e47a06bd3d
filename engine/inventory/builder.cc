#include "engine/inventory/builder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "engine/core/text.h"
#include "engine/inventory/vars_folders.h"

namespace holdfast {
namespace {

constexpr std::size_t kAll = 0;
constexpr std::size_t kUngrouped = 1;

/// What Ansible sets itself: a variable of such a name never reaches a host.
constexpr std::array<std::string_view, 19> kInternal{"ansible_diff_mode",
                                                     "ansible_config_file",
                                                     "ansible_facts",
                                                     "ansible_forks",
                                                     "ansible_inventory_sources",
                                                     "ansible_limit",
                                                     "ansible_playbook_python",
                                                     "ansible_run_tags",
                                                     "ansible_skip_tags",
                                                     "ansible_verbosity",
                                                     "ansible_version",
                                                     "inventory_dir",
                                                     "inventory_file",
                                                     "inventory_hostname",
                                                     "inventory_hostname_short",
                                                     "groups",
                                                     "group_names",
                                                     "omit",
                                                     "playbook_dir"};

constexpr std::array<std::string_view, 8> kPasswords{
    "ansible_password",      "ansible_ssh_pass",
    "ansible_ssh_password",  "ansible_become_password",
    "ansible_become_pass",   "ansible_sudo_pass",
    "ansible_sudo_password", "ansible_ssh_private_key_passphrase"};

template <class Vector, class T>
bool holds(const Vector& vector, const T& value) {
  return std::find(vector.begin(), vector.end(), value) != vector.end();
}

/// Python's int(value), as far as an inventory can hold it.
std::optional<std::int64_t> whole(const Value& value) {
  if (value.is_int()) return value.as_int();
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  if (value.is_float() && std::abs(value.as_float()) < 1e9) {
    return static_cast<std::int64_t>(value.as_float());
  }
  if (!value.is_text()) return std::nullopt;
  const std::string_view text = trim(value.as_text());
  const std::string_view digits = text.substr(text.find_first_not_of("+-") == 1 ? 1 : 0);
  const bool number = !digits.empty() && digits.size() <= 9 &&
                      digits.find_first_not_of("0123456789") == std::string_view::npos;
  return number ? std::optional<std::int64_t>(std::stoll(std::string(text))) : std::nullopt;
}

void merge(Variables& into, const Variables& from) {
  for (const auto& [name, variable] : from) into[name] = variable;
}

}  // namespace

bool is_password_variable(std::string_view name) { return holds(kPasswords, name); }

Value kept_value(std::string_view name, Value value) {
  if (!is_password_variable(name) || value.is_null() || value.is_secret()) return value;
  if (value.is_text() && value.as_text().find("{{") != std::string::npos) return value;
  return Secret(value.display());
}

InventoryBuilder::InventoryBuilder() {
  (void)add_group("all", {});
  (void)add_group("ungrouped", {});
  (void)add_child_group(kAll, kUngrouped, {});
}

Result<void> InventoryBuilder::add_group(const std::string& name, const Position& where) {
  if (name.empty()) {
    return fail(Error{
        .code = Code::InventoryInvalid, .message = "a group's name is empty", .where = where});
  }
  const auto [place, fresh] = group_places_.emplace(name, groups_.size());
  if (fresh) groups_.push_back(GroupNode{.name = name, .where = where});
  if (!groups_[place->second].where.known()) groups_[place->second].where = where;
  return {};
}

Result<void> InventoryBuilder::add_host(const std::string& name, const std::string& group,
                                        std::optional<std::int64_t> port, const Position& where) {
  if (name.empty()) {
    return fail(
        Error{.code = Code::InventoryInvalid, .message = "a host's name is empty", .where = where});
  }
  const auto [place, fresh] = host_places_.emplace(name, hosts_.size());
  if (fresh) {
    hosts_.push_back(HostNode{.name = name, .where = where});
    if (port.value_or(0) != 0) hosts_.back().variables["ansible_port"] = {Value(*port), where};
  }
  if (!group.empty()) put_host(group_places_.at(group), place->second);
  return {};
}

Result<void> InventoryBuilder::set_variable(const std::string& entity, const std::string& name,
                                            Variable variable) {
  variable.value = kept_value(name, std::move(variable.value));
  if (const auto group = group_places_.find(entity); group != group_places_.end()) {
    GroupNode& node = groups_[group->second];
    if (name != "ansible_group_priority") {
      node.variables[name] = std::move(variable);
      return {};
    }
    const auto priority = whole(variable.value);
    if (!priority) {
      return fail(Error{.code = Code::InventoryVariableInvalid,
                        .message = "ansible_group_priority of group '" + printable(entity) +
                                   "' is '" + printable(variable.value.display()) +
                                   "', not a whole number",
                        .where = variable.where});
    }
    node.priority = *priority;
    return {};
  }
  const auto host = host_places_.find(entity);
  if (host == host_places_.end()) {
    return fail(Error{.code = Code::InventoryInvalid,
                      .message = "there is no group or host '" + printable(entity) + "'",
                      .where = variable.where});
  }
  hosts_[host->second].variables[name] = std::move(variable);
  return {};
}

Result<void> InventoryBuilder::add_child(const std::string& parent, const std::string& child,
                                         const Position& where) {
  const std::size_t into = group_places_.at(parent);
  if (const auto group = group_places_.find(child); group != group_places_.end()) {
    return add_child_group(into, group->second, where);
  }
  if (const auto host = host_places_.find(child); host != host_places_.end()) {
    put_host(into, host->second);
    return {};
  }
  return fail(Error{.code = Code::GroupUndefined,
                    .message = "'" + printable(child) + "' below group '" + printable(parent) +
                               "' is neither a group nor a host",
                    .where = where});
}

std::set<std::size_t> InventoryBuilder::ancestors(std::size_t group) const {
  std::set<std::size_t> out;
  std::vector<std::size_t> open = groups_[group].parents;
  while (!open.empty()) {
    const std::size_t next = open.back();
    open.pop_back();
    if (!out.insert(next).second) continue;
    open.insert(open.end(), groups_[next].parents.begin(), groups_[next].parents.end());
  }
  return out;
}

std::set<std::size_t> InventoryBuilder::hosts_below(std::size_t group) const {
  std::set<std::size_t> out;
  std::set<std::size_t> seen;
  std::vector<std::size_t> open{group};
  while (!open.empty()) {
    const std::size_t next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    out.insert(groups_[next].hosts.begin(), groups_[next].hosts.end());
    open.insert(open.end(), groups_[next].children.begin(), groups_[next].children.end());
  }
  return out;
}

/// The way down from one group to another: "a > b > c".
std::string InventoryBuilder::loop_text(std::size_t from, std::size_t to) const {
  std::vector<std::string> names{groups_[to].name};
  for (std::size_t at = to; at != from;) {
    for (const std::size_t parent : groups_[at].parents) {
      if (parent != from && !ancestors(parent).contains(from)) continue;
      at = parent;
      break;
    }
    names.insert(names.begin(), printable(groups_[at].name));
  }
  return holdfast::join(names, " > ");
}

Result<void> InventoryBuilder::add_child_group(std::size_t parent, std::size_t child,
                                               const Position& where) {
  if (holds(groups_[parent].children, child)) return {};
  const std::set<std::size_t> inherited_before = ancestors(child);
  std::set<std::size_t> inherited = ancestors(parent);
  if (parent == child || inherited.contains(child)) {
    return fail(Error{.code = Code::GroupLoop,
                      .message = "group '" + printable(groups_[child].name) +
                                 "' can't be a child of '" + printable(groups_[parent].name) +
                                 "', which it contains (" + loop_text(child, parent) + ")",
                      .where = where,
                      .hint = "take one of these links away"});
  }
  inherited.insert(parent);
  groups_[parent].children.push_back(child);
  groups_[child].depth = std::max(groups_[parent].depth + 1, groups_[child].depth);
  deepen_children(child);
  groups_[child].parents.push_back(parent);
  for (const std::size_t host : hosts_below(child)) {
    for (const std::size_t group : inherited) {
      if (!inherited_before.contains(group)) join(host, group);
    }
  }
  return {};
}

/// Ansible's own walk, level by level: which group ends up how deep decides who wins.
void InventoryBuilder::deepen_children(std::size_t group) {
  int depth = groups_[group].depth;
  std::set<std::size_t> open(groups_[group].children.begin(), groups_[group].children.end());
  while (!open.empty()) {
    ++depth;
    std::set<std::size_t> next;
    for (const std::size_t child : open) {
      GroupNode& node = groups_[child];
      if (node.depth >= depth) continue;
      node.depth = depth;
      next.insert(node.children.begin(), node.children.end());
    }
    open = std::move(next);
  }
}

void InventoryBuilder::join(std::size_t host, std::size_t group) {
  std::vector<std::size_t>& groups = hosts_[host].groups;
  if (!holds(groups, group)) groups.push_back(group);
}

void InventoryBuilder::put_host(std::size_t group, std::size_t host) {
  if (!groups_[group].host_set.insert(host).second) return;
  groups_[group].hosts.push_back(host);
  for (const std::size_t above : ancestors(group)) join(host, above);
  join(host, group);
}

/// Takes a host out of a group, and out of those above that nothing else keeps it in.
void InventoryBuilder::leave(std::size_t host, std::size_t group) {
  std::vector<std::size_t>& groups = hosts_[host].groups;
  if (std::erase(groups, group) == 0) return;
  for (const std::size_t above : ancestors(group)) {
    const bool kept =
        above == kAll || std::any_of(groups.begin(), groups.end(),
                                     [&](std::size_t g) { return ancestors(g).contains(above); });
    if (!kept) leave(host, above);
  }
}

/// As in Ansible, but it says nothing.
Error InventoryBuilder::lost(const HostNode& host) {
  return Error{.code = Code::InventorySkipped,
               .message = "'" + printable(host.name) +
                          "' is in no group, not even in 'all', "
                          "because 'ungrouped' is a child of another group",
               .where = host.where,
               .hint = "take 'ungrouped' out of that group, and name its hosts there"};
}

Result<void> InventoryBuilder::settle(std::size_t host) {
  const std::vector<std::size_t>& groups = hosts_[host].groups;
  const auto real = [](std::size_t g) { return g != kAll && g != kUngrouped; };
  if (holds(groups, kUngrouped)) {
    if (std::none_of(groups.begin(), groups.end(), real)) return {};
    if (groups_[kUngrouped].host_set.erase(host) > 0) {
      std::erase(groups_[kUngrouped].hosts, host);
      leave(host, kUngrouped);
      const auto member = [&](std::size_t g) { return groups_[g].host_set.contains(host); };
      if (std::none_of(groups.begin(), groups.end(), member)) warn(lost(hosts_[host]));
    }
    return {};
  }
  if (groups.empty() || (groups.size() == 1 && groups[0] == kAll)) {
    return add_child("ungrouped", hosts_[host].name, hosts_[host].where);
  }
  return {};
}

Result<void> InventoryBuilder::reconcile() {
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    if (group == kAll || !ancestors(group).empty()) continue;
    HF_CHECK(add_child_group(kAll, group, groups_[group].where));
  }
  for (std::size_t host = 0; host < hosts_.size(); ++host) {
    HF_CHECK(settle(host));
    if (!has_group(hosts_[host].name)) continue;
    warn(Error{.code = Code::InventorySkipped,
               .message = "'" + printable(hosts_[host].name) + "' is a host and a group",
               .where = hosts_[host].where,
               .hint = "rename one of them: variables given to this name go to the group"});
  }
  return {};
}

std::vector<std::size_t> InventoryBuilder::by_precedence(const HostNode& host) const {
  std::vector<std::size_t> out = host.groups;
  std::erase(out, kAll);
  std::sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    const auto rank = [&](std::size_t g) {
      return std::tie(groups_[g].depth, groups_[g].priority, groups_[g].name);
    };
    return rank(a) < rank(b);
  });
  return out;
}

void InventoryBuilder::merge_host(const HostNode& node, VarsFolders& folders,
                                  const std::function<const Variables&(std::size_t)>& from_folder,
                                  InventoryHost& out, Diagnostics& diagnostics) const {
  const std::vector<std::size_t> groups = by_precedence(node);
  out.name = node.name;
  out.where = node.where;
  merge(out.variables, groups_[kAll].variables);
  for (const std::size_t group : groups) {
    out.groups.push_back(groups_[group].name);
    merge(out.variables, groups_[group].variables);
  }
  merge(out.variables, from_folder(kAll));
  for (const std::size_t group : groups) merge(out.variables, from_folder(group));
  merge(out.variables, node.variables);
  merge(out.variables, folders.load("host_vars", node.name, diagnostics));
  for (const std::string_view name : kInternal) out.variables.erase(std::string(name));
}

void InventoryBuilder::replace(Inventory& inventory, std::string_view host, const std::string& name,
                               Value value) {
  const auto found = inventory.host_places_.find(host);
  if (found == inventory.host_places_.end()) return;
  inventory.hosts_[found->second].variables.at(name).value = std::move(value);
}

Inventory InventoryBuilder::build(VarsFolders& folders, Diagnostics& diagnostics) {
  Inventory out;
  std::unordered_map<std::size_t, Variables> loaded;
  const auto from_folder = [&](std::size_t group) -> const Variables& {
    const auto [place, fresh] = loaded.try_emplace(group);
    if (fresh) place->second = folders.load("group_vars", groups_[group].name, diagnostics);
    return place->second;
  };
  for (const HostNode& node : hosts_) {
    out.host_places_[node.name] = out.hosts_.size();
    merge_host(node, folders, from_folder, out.hosts_.emplace_back(), diagnostics);
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const GroupNode& node = groups_[i];
    out.group_places_[node.name] = out.groups_.size();
    Group& group = out.groups_.emplace_back(Group{.name = node.name,
                                                  .variables = node.variables,
                                                  .depth = node.depth,
                                                  .priority = static_cast<int>(node.priority),
                                                  .where = node.where});
    for (const std::size_t host : node.hosts) group.hosts.push_back(hosts_[host].name);
    for (const std::size_t child : node.children) group.children.push_back(groups_[child].name);
    if (const auto found = loaded.find(i); found != loaded.end()) {
      merge(group.variables, found->second);
    }
  }
  out.warnings_ = std::move(warnings_);
  for (Error& warning : folders.take_warnings()) out.warnings_.push_back(std::move(warning));
  return out;
}

}  // namespace holdfast
