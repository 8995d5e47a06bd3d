#pragma once

#include <string>
#include <vector>

#include "engine/inventory/inventory.h"

namespace holdfast {

/// Hosts that manifests seem to name, by a glance at lines `hosts: PATTERN` of their files and at
/// --limit. A guess, for what may begin before the manifests are read; "" and errors count for
/// nothing.
std::vector<std::string> glance_at_hosts(const std::vector<std::string>& manifests,
                                         const std::vector<std::string>& limit,
                                         const Inventory& inventory);

}  // namespace holdfast
