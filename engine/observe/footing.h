#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// A process of a host. Its id may be another one's later; with when it began it is its own.
struct ProcessId {
  std::string id;
  std::string began;  ///< Clock ticks since the host's boot.
  bool operator==(const ProcessId&) const = default;
};

/// What a run stands on where it works on the very host that it changes.
struct Footing {
  std::string unit{};       ///< That it works in; "": none of the system's.
  bool contained = false;   ///< In a container: what gave it its job can't be told.
  std::string worker_of{};  ///< A service whose jobs are told by their worker's name.
  /// The run's own process, then those that wait for it, up to the service's main one.
  std::vector<ProcessId> job{};
  std::set<std::string> units{};     ///< Whose stop would end the run.
  std::set<std::string> accounts{};  ///< As which those processes run, but for root.
  std::set<std::string> network{};   ///< Units that carry the network.
};

/// This process, as the question `machine` carries it to a host: "MACHINE BOOT ID BEGAN", a line.
/// MACHINE is "-" in a container, whose own id says nothing of the machine.
const std::string& own_process();

/// The key of the question `footing`, and what was answered.
std::string footing_key(const ProcessId& own, const std::vector<std::string>& under);
Footing parse_footing(std::string_view answer);

}  // namespace holdfast
