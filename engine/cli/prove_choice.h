#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/cli/prove_tests.h"
#include "engine/cli/prove_watch.h"

namespace holdfast {

/// Alerts of one host's server that are made to fire on it.
struct LiveHost {
  std::string host;
  std::vector<Awaited> awaited{};
  std::vector<ProofSeries> series() const;
};

/// What of the alerts is proved on running servers.
struct LiveChoice {
  std::vector<LiveHost> hosts{};
  std::vector<StoppedUnit> stopped{};
  int seconds = 0;  ///< The longest of it.
  std::vector<const Alert*> left_out{};
};

/// Takes of each alert a try that shows the proof's mark when it fires, and lets nothing else fire
/// that doesn't. What can't be driven so is told, each by its name.
/// @param within  Seconds: what takes longer is left out.
Result<LiveChoice> choose_live(const Wiring& wiring, PromtoolProof& proof, const std::string& mark,
                               int within, Diagnostics& diagnostics);

}  // namespace holdfast
