#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/journal/state.h"

namespace holdfast {

/// What `forget` releases: objects of a project and environment.
struct Forgetting {
  std::string project, environment;
  std::vector<std::string> addresses{};  ///< None: all of them.
};

/// The identities of what a record has of it.
std::vector<std::string> released(const HostState& record, const Forgetting& what);

/// An error for each address that no record has as ours, with what it may have meant. Where a
/// record could not be read (nullopt), it may be there.
std::vector<Error> unknown_addresses(const std::vector<std::optional<HostState>>& records,
                                     const Forgetting& what);

}  // namespace holdfast
