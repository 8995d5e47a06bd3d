#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/inventory/builder.h"

namespace holdfast {

/// Whether a file would run as an inventory program: it is executable and begins with `#!` or as a
/// compiled program does. Data with a stray executable bit is none.
bool is_inventory_program(const std::string& path);

/// Runs `PATH --list`, and `PATH --host NAME` for each host where the answer has no `_meta`, and
/// reads the JSON into `builder`.
/// @errors HF1106 it can't be started, fails, takes longer than `limit`, says more than 16 MiB, or
/// says something else than JSON of that form.
void run_inventory_program(const std::string& path, InventoryBuilder& builder,
                           std::vector<Error>& errors,
                           std::chrono::seconds limit = std::chrono::seconds(60));

}  // namespace holdfast
