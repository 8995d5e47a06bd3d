#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/core/error.h"
#include "engine/inventory/inventory.h"

namespace holdfast {

/// Adds what group_vars/ and host_vars/ say to an inventory.
class VarsFolders;

/// Whether a variable holds a password, by its name (ansible_password and its kin).
bool is_password_variable(std::string_view name);
/// A value as it is kept: that of a password becomes a secret, unless it is an expression.
Value kept_value(std::string_view name, Value value);

/// Collects hosts, groups and variables from all sources of one inventory, by Ansible's rules:
/// where a name is both a host and a group, variables and children mean the group.
class InventoryBuilder {
 public:
  InventoryBuilder();  ///< `all`, and `ungrouped` in it.

  bool has_group(const std::string& name) const { return group_places_.contains(name); }
  /// Nothing happens where it is there already. @errors HF1101 an empty name.
  Result<void> add_group(const std::string& name, const Position& where);
  /// @param group  "" for none, or one that is there. @param port  Counts where the host is new.
  Result<void> add_host(const std::string& name, const std::string& group,
                        std::optional<std::int64_t> port, const Position& where);
  /// @errors HF1109 a group priority that isn't a whole number.
  Result<void> set_variable(const std::string& entity, const std::string& name, Variable variable);
  /// Puts a group or host into a group. @errors HF1103 a loop, HF1104 no such child.
  Result<void> add_child(const std::string& parent, const std::string& child,
                         const Position& where);
  void warn(Error warning) { warnings_.push_back(std::move(warning)); }

  /// After the last source: every group inherits from `all`, every host without one is ungrouped.
  Result<void> reconcile();
  /// Gives a variable that a host has another value.
  static void replace(Inventory& inventory, std::string_view host, const std::string& name,
                      Value value);
  /// Merges the variables by precedence.
  Inventory build(VarsFolders& folders, Diagnostics& diagnostics);

 private:
  struct GroupNode {
    std::string name;
    std::vector<std::size_t> hosts{}, children{}, parents{};
    std::set<std::size_t> host_set{};
    int depth = 0;
    std::int64_t priority = 1;
    Variables variables{};
    Position where{};
  };
  struct HostNode {
    std::string name;
    std::vector<std::size_t> groups{};
    Variables variables{};
    Position where{};
  };
  using Places = std::unordered_map<std::string, std::size_t>;

  std::set<std::size_t> ancestors(std::size_t group) const;
  std::set<std::size_t> hosts_below(std::size_t group) const;
  Result<void> add_child_group(std::size_t parent, std::size_t child, const Position& where);
  std::string loop_text(std::size_t from, std::size_t to) const;
  void deepen_children(std::size_t group);
  void join(std::size_t host, std::size_t group);
  void put_host(std::size_t group, std::size_t host);
  void leave(std::size_t host, std::size_t group);
  static Error lost(const HostNode& host);
  Result<void> settle(std::size_t host);
  std::vector<std::size_t> by_precedence(const HostNode& host) const;
  void merge_host(const HostNode& node, VarsFolders& folders,
                  const std::function<const Variables&(std::size_t)>& from_folder,
                  InventoryHost& out, Diagnostics& diagnostics) const;

  std::vector<GroupNode> groups_;
  std::vector<HostNode> hosts_;
  Places group_places_, host_places_;
  std::vector<Error> warnings_;
};

}  // namespace holdfast
