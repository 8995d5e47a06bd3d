#pragma once

#include <optional>
#include <string>

#include "engine/manifest/manifest.h"

namespace holdfast {

/// What `validate` found, as docs/json.md describes it. @param catalog  nullopt: something is
/// wrong.
std::string validation_json(const std::optional<Catalog>& catalog, const Diagnostics& diagnostics);

}  // namespace holdfast
