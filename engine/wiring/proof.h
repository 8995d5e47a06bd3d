#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/wiring/checks.h"

namespace holdfast {

/// A try to make an alert fire: series as the run's targets give them, and when to look.
struct ProofTry {
  std::size_t alert = 0;  ///< Index into the wiring's alerts.
  /// A series and its samples, as promtool's unit tests write them: `up{job="j"}`, `0x40`.
  std::vector<std::pair<std::string, std::string>> series{};
  int seconds = 0;
};

/// Series with values around the numbers that an alert's expression compares with.
std::vector<ProofTry> proof_tries(const Wiring& wiring);

/// How long lies between two samples of a try.
inline constexpr int kProofInterval = 30;

/// Unit tests for `promtool test rules`: which alert fires in which try.
/// @param fires  Of each try, whether it is expected to.
std::string proof_tests(const Wiring& wiring, const std::vector<ProofTry>& tries,
                        const std::vector<bool>& fires, const std::vector<std::string>& rule_files);
/// The tries whose expectation promtool says was wrong.
std::set<std::size_t> failed_tries(std::string_view promtool);

}  // namespace holdfast
