#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/journal/state.h"

namespace holdfast {

/// What a machine remembers.
struct HostRuns {
  std::string host;
  std::vector<std::string> also{};  ///< Other names of the machine.
  std::vector<RunMeta> runs{};
  std::vector<Error> unreadable{};  ///< Of runs whose own record is spoilt.
  std::optional<Error> error{};     ///< Why nothing is known.
};

std::string runs_text(const std::vector<HostRuns>& all);
/// As docs/json.md describes it.
std::string runs_json(const std::vector<HostRuns>& all);

}  // namespace holdfast
