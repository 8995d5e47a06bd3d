#pragma once

#include <optional>
#include <set>
#include <string>

#include "engine/core/kind.h"

namespace holdfast {

/// A resource that its kind can judge though nobody was asked for its secrets (offline, untrusted):
/// a text stands in for each.
struct StoodIn {
  Resource resource;
  std::set<std::string> attributes{};  ///< Those that are nothing but a text that stands in.
};

/// @return nothing where anything else isn't known.
std::optional<StoodIn> stand_in_for_secrets(const Resource& resource, const Schema& schema);

}  // namespace holdfast
