#pragma once

#include <string>
#include <vector>

#include "engine/observe/host.h"

namespace holdfast {

/// One name, and what answered to it.
struct Sighting {
  Host* host = nullptr;  ///< nullptr: nothing did.
  std::string machine_id{}, boot_id{};
  Position where{};  ///< Where the inventory names it.
};

/// Which host keys more than one name led to: those names' ids must be known for `find_machines`.
/// True for each such name.
std::vector<bool> share_a_key(const std::vector<Host*>& hosts);

/// For each name, the first one that leads to the same machine (itself where there is none before).
/// Names are one machine where host key, machine id and boot id agree and the login through one
/// sees the login through the other. Writes nothing on a host.
/// @errors in `diagnostics`: HF5008 the keys agree and the rest doesn't.
std::vector<std::size_t> find_machines(const std::vector<Sighting>& sightings, Deadline deadline,
                                       Diagnostics& diagnostics);

}  // namespace holdfast
