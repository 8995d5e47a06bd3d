#pragma once

#include <vector>

#include "engine/core/error.h"
#include "engine/core/yaml.h"
#include "engine/inventory/builder.h"

namespace holdfast {

/// Reads a YAML inventory, holdfast's own or Ansible's: a mapping of groups, each with hosts,
/// children and vars. Every part that is wrong is an error in `errors`, in order.
void read_yaml_inventory(const YamlNode& root, InventoryBuilder& builder,
                         std::vector<Error>& errors);

}  // namespace holdfast
