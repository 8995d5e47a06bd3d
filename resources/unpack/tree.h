#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "resources/unpack/origin.h"

namespace holdfast {

/// A folder that an archive is unpacked to. A mark in it, `.holdfast-archive`, says which archive
/// and how; what changes inside it later isn't looked at, and it goes whole.
struct Tree {
  std::string folder{};          ///< Its parent must exist.
  std::string owner{}, group{};  ///< Of all in it; "": root.
  std::int64_t strip = 0;        ///< So many folders at the archive's top are left out.
};

/// What asks for the trees in a folder: itself, and those directly in it.
Query trees_query(const std::string& folder);
/// {sha256, owner, group, strip, time} of the tree of that name in the answer, "." for the folder
/// itself; nullptr where there is none.
const ValueMap* tree_in(const Value& answer, const std::string& name);

/// Unpacks where nothing is yet: one step, after which all of it is there. Or takes the place of a
/// tree that is there: unpacked beside it, then that one removed (its backup brings it back), then
/// put in its place.
std::vector<PhasedStep> unpack_steps(const Origin& origin, const Tree& tree, bool replaces,
                                     int phase = 0);

}  // namespace holdfast
