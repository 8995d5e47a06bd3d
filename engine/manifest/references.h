#pragma once

#include <vector>

#include "engine/inventory/inventory.h"
#include "engine/manifest/expressions.h"
#include "engine/manifest/manifest.h"

namespace holdfast {

/// "file /etc//a" as a reference, its name normalised as the kind does it; "second/file /a" and a
/// lone alias too. Whether there is such a resource is seen later.
/// @errors HF2019.
Result<Reference> parse_reference(std::string_view text, const Registry& registry,
                                  const Position& where);

/// The references of `requires`, `before` and the like: texts, `{on: HOST, resource: TEXT}`, one or
/// a list of them. `on` takes a group or a pattern too: one reference for each of its hosts.
/// @param inventory  nullptr: hosts can't be looked up yet.
std::vector<Reference> read_references(const YamlNode& node, const ExpressionReader& reader,
                                       const Registry& registry, const Inventory* inventory,
                                       Diagnostics& diagnostics);

}  // namespace holdfast
