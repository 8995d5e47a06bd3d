#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast {

/// A variable and the place that won.
struct Variable {
  Value value;
  Position where{};
};
using Variables = std::map<std::string, Variable>;

struct Group {
  std::string name;
  std::vector<std::string> hosts{};     ///< Direct members, in order.
  std::vector<std::string> children{};  ///< Direct child groups, in order.
  Variables variables{};                ///< From the inventory itself and group_vars/.
  int depth = 0;                        ///< 0 for `all`; the longest way down.
  int priority = 1;                     ///< ansible_group_priority.
  Position where{};
};

struct InventoryHost {
  std::string name;
  std::vector<std::string>
      groups{};  ///< All, direct and inherited, in precedence order (weakest first); without `all`.
  Variables variables{};  ///< Merged by precedence; group_names, inventory_hostname and the like
                          ///< are added by the manifest's scope.
  Position where{};
};

/// Who there is. Hosts and groups in the order in which they were first named.
class Inventory {
 public:
  const std::vector<InventoryHost>& hosts() const { return hosts_; }
  const std::vector<Group>& groups() const { return groups_; }
  const InventoryHost* host(std::string_view name) const;
  const Group* group(std::string_view name) const;
  /// All hosts of a group and its children, in inventory order; `all` and `ungrouped` included.
  std::vector<std::string> members(std::string_view group) const;
  /// The same in the order that a pattern's subscript counts in: the group's own hosts, then its
  /// children's, level by level.
  std::vector<std::string> members_by_level(std::string_view group) const;
  /// Hosts that a pattern names: `web:&prod:!h3`, `web,db`, globs, `~regex`, `web[0]`, `web[1:3]`,
  /// as in Ansible. In inventory order.
  /// @errors HF1110 a name that nothing matches (with the nearest ones), HF1111 a pattern that
  /// can't be read.
  Result<std::vector<std::string>> select(std::string_view pattern, Position where = {}) const;
  /// Warnings for the user, each with its place.
  const std::vector<Error>& warnings() const { return warnings_; }

 private:
  friend class InventoryBuilder;
  std::vector<InventoryHost> hosts_;
  std::vector<Group> groups_;
  std::map<std::string, std::size_t, std::less<>> host_places_;   ///< Into hosts_.
  std::map<std::string, std::size_t, std::less<>> group_places_;  ///< Into groups_.
  std::vector<Error> warnings_;
};

/// Reads an inventory: a file (holdfast's YAML, Ansible's YAML or INI) or a folder of them with
/// group_vars/ and host_vars/. All that is wrong is put into `diagnostics`; the inventory returned
/// is what could be understood.
/// @param trusted  May programs (executable inventory files) be run? design.md, Trust: refused by
/// name otherwise.
Inventory load_inventory(const std::string& path, Diagnostics& diagnostics, bool trusted = false);

/// How a host is reached, from its variables (ansible_host, ansible_port, ansible_user … and
/// holdfast's own names).
struct ConnectionSettings {
  std::string address;  ///< Host name or address to dial; the host's name by default.
  std::optional<int> port{};
  std::optional<std::string> user{};
  std::string transport = "ssh";  ///< ssh, local.
  std::optional<std::string> identity_file{};
  std::optional<std::string> proxy_jump{};  ///< [user@]host[:port][,…]
  std::optional<Value> password{};          ///< Secret.
  std::optional<std::string> host_key{};    ///< Pin: "SHA256:…" fingerprint.
  bool become = false;
  std::string become_user = "root";
  std::optional<Value> become_password{};  ///< Secret.
  std::vector<std::string>
      ssh_options{};  ///< "-o Name=Value" of ansible_ssh_common_args and the like, taken apart.
};

/// Values must be rendered already: an expression is a wrong value. docs/inventory.md has the list.
/// @errors HF1120 a connection variable that holdfast does not honour, by name; HF1121 a wrong
/// value.
Result<ConnectionSettings> connection_settings(const InventoryHost& host);
/// The programs of this machine that the way to the host would start (ProxyCommand), as written.
std::vector<std::string> programs_on_the_way(const ConnectionSettings& settings);
/// The variables that connection_settings reads, for a caller that renders them first.
const std::vector<std::string>& connection_variable_names();

/// JSON of the shape of `ansible-inventory --list`, keys sorted the same way; secrets masked.
std::string inventory_list_json(const Inventory& inventory);
/// The tree that `ansible-inventory --graph` prints, from `group`.
std::string inventory_graph(const Inventory& inventory, std::string_view group = "all");
/// `--host NAME`: its variables as JSON.
std::string inventory_host_json(const InventoryHost& host);

}  // namespace holdfast
