#pragma once

#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/inventory/inventory.h"

namespace holdfast {

/// What `holdfast inventory` shows.
enum class InventoryView {
  List,   ///< --list: all of it as JSON.
  Graph,  ///< --graph [GROUP]: the tree of groups.
  Host,   ///< --host PATTERN: one host's variables as JSON.
  Hosts   ///< --hosts PATTERN: the names that a pattern selects, one a line.
};

/// The hosts that patterns name (none: all) and --limit leaves, in the inventory's order.
/// @errors HF1110, HF1111.
Result<std::vector<std::string>> limited_hosts(const Inventory& inventory,
                                               const std::vector<std::string>& patterns,
                                               const std::vector<std::string>& limit);

/// The text that `holdfast inventory` prints, with its last newline.
/// @param name  The group, host or pattern; "" for `all`.
/// @param limit  Patterns that leave only some of the hosts that a pattern names.
/// @errors HF1110 no such group, or not exactly one host; HF1111 a pattern that can't be read.
Result<std::string> inventory_output(const Inventory& inventory, InventoryView view,
                                     const std::string& name,
                                     const std::vector<std::string>& limit = {});

}  // namespace holdfast
