#pragma once

#include <memory>
#include <vector>

#include "engine/core/error.h"
#include "engine/inventory/builder.h"

namespace holdfast {

/// Reads an Ansible INI inventory into `builder`: [GROUP], [GROUP:children], [GROUP:vars], hosts
/// with ranges and variables. Every line that is wrong is an error in `errors`, in order.
void read_ini_inventory(const std::shared_ptr<const Source>& source, InventoryBuilder& builder,
                        std::vector<Error>& errors);

}  // namespace holdfast
