#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/core/step.h"

namespace holdfast {

struct InstallOptions {
  bool recommends = false;
  bool downgrade = false;
  bool change_held = false;
  std::chrono::seconds lock_timeout{120};
};

/// Steps on packages, each joinable with its like: one transaction for all packages of a batch.
/// `wanted` is a name, or "name=version".

/// Fetches the package lists where they don't know what is wanted, or are older than `max_age`;
/// fails where they don't know it then. @param max_age  None: old lists are good enough.
Run refresh_lists(const std::string& wanted, std::optional<std::chrono::seconds> max_age,
                  std::chrono::seconds lock_timeout);
/// Never removes another package. Its undo puts back the versions that the transaction changed, and
/// purges what it brought.
Run install_package(const std::string& wanted, const InstallOptions& options);
/// Never removes a package that isn't named. Its undo installs the old version again.
Run remove_package(const std::string& name, bool purge, std::chrono::seconds lock_timeout);
/// hold, unhold, auto or manual.
Run mark_package(const std::string& verb, const std::string& name);

}  // namespace holdfast
