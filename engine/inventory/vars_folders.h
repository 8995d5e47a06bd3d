#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/inventory/inventory.h"

namespace holdfast {

/// The folders group_vars/ and host_vars/ beside an inventory. For a group `web` they hold web,
/// web.yml, web.yaml or web.json, the first that is there; a folder of that name is read whole, its
/// files in alphabetical order, hidden ones and those of other endings left out.
class VarsFolders {
 public:
  /// @param folder  Where group_vars/ and host_vars/ lie, as the user would type it; "" for none.
  explicit VarsFolders(std::string folder) : folder_(std::move(folder)) {}

  /// All that the files of one host or group say, later files winning; each file's error goes to
  /// `diagnostics`. @param kind  "group_vars" or "host_vars".
  Variables load(std::string_view kind, const std::string& name, Diagnostics& diagnostics);
  /// E.g. that group_vars isn't a folder; each once.
  std::vector<Error> take_warnings();

 private:
  std::string folder_;
  std::vector<Error> warnings_;
};

}  // namespace holdfast
