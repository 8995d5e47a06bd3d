#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/apply/runner.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// What of a host's part of a plan was not rehearsed, and why.
struct Unrehearsed {
  std::size_t row = 0;
  std::string reason;
};

/// How a host's part of a plan went there and back in a copy.
struct HostRehearsal {
  std::string host;
  std::optional<Error> error{};  ///< It could not be rehearsed at all.
  int steps = 0;                 ///< That went there and back.
  std::vector<Unrehearsed> left_out{};
  std::vector<Error> faults{};  ///< Steps that fail, and undos that don't put back what was there.
  std::vector<std::string> notes{};  ///< What could not be looked at.
  std::chrono::milliseconds took{0};
};

struct RehearsalReport {
  std::vector<HostRehearsal> hosts;  ///< Those where something would change.
  bool interrupted = false;
  /// Whether all that can be rehearsed went well.
  bool sound() const;
};

struct RehearsalOptions {
  int parallel = 32;
  const std::atomic<int>* interrupts = nullptr;
  RunMeta by{};  ///< Who does.
};

/// Does what a plan would do, and takes it back, on each host in a copy of its files that nobody
/// keeps, under the host's lock. Nothing outside of the copies is changed. Hosts that can't be
/// reached are left out.
/// @errors in each host's part: HF6023 no copy can be made there, HF6103 locked, HF6002 moved, …
RehearsalReport rehearse(const Plan& plan, const std::map<std::string, Runner*>& runners,
                         const Registry& registry, const RehearsalOptions& options);

}  // namespace holdfast
