#pragma once

#include <map>
#include <string>

#include "engine/inventory/inventory.h"

namespace holdfast {

/// Evaluates the expressions in variables that say how hosts are reached, as a manifest would that
/// has no facts: of a host that isn't reached yet there are none. One without a value is unknown
/// then, with the reason, which connection_settings tells.
/// @param set  --set.
void render_ways(Inventory& inventory, const std::map<std::string, std::string>& set,
                 const std::string& environment);

}  // namespace holdfast
