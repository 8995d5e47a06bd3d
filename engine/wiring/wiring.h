#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "engine/inventory/inventory.h"
#include "engine/manifest/manifest.h"
#include "engine/wiring/checks.h"

namespace holdfast {

/// Follows what leads from one resource to another, across the hosts of a run: from a query to the
/// metric and its labels, to the job that scrapes it, to the port, through the firewall, to the
/// program and what its sandbox lets it see; from an alert's route to its receiver. An error is
/// only what manifests contradict for sure, with both places; what may come from outside of them is
/// taken for right.
/// @param declarations  All of a run: with some hosts left out, what is there would look missing.
/// @param inventory  Says which host a target's address is.
void follow_wiring(const std::vector<Declaration>& declarations, const Inventory& inventory,
                   const Registry& registry, Diagnostics& diagnostics);

/// What there is to follow. @param declarations  Outlive it.
Wiring wiring_of(const std::vector<Declaration>& declarations, const Inventory& inventory,
                 const Registry& registry);

/// Hosts beside these whose scrape jobs ask one of these.
std::set<std::string> scrapers_of(const std::vector<std::string>& hosts, const Wiring& wiring);

}  // namespace holdfast
