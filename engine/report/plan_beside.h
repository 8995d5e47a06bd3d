#pragma once

#include <string>
#include <vector>

#include "engine/apply/rehearsal.h"
#include "engine/report/ink.h"

namespace holdfast {

/// A host that is in no inventory any more, and what servers still have of it.
struct GoneHost {
  std::string host;
  std::vector<std::string> orphans;  ///< Addresses.
};

/// What is told with a plan, and is no part of it.
struct PlanBeside {
  const RehearsalReport* rehearsal = nullptr;  ///< nullptr: there was none.
  std::vector<Error> warnings{};
  std::vector<GoneHost> gone{};
};

/// For people, after the hosts' blocks: each with what takes it away. "": there are none.
std::string gone_text(const std::vector<GoneHost>& gone, const Ink& ink);
std::string gone_markdown(const std::vector<GoneHost>& gone);

}  // namespace holdfast
