#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/api/servers.h"
#include "engine/apply/apply.h"
#include "engine/graph/host_order.h"

namespace holdfast {

struct RollbackOptions {
  std::string run{};     ///< Id; "" : each host's own last one.
  bool through = false;  ///< Later runs that touched the same objects are taken back too.
  bool reopen = false;   ///< What closed a hole is taken back, too; else such a run is refused.
  bool partial = false;  ///< Also where steps can't be taken back any more: the rest.
  /// Each host's own run that was cut off, or else the last one that is half-done, and no other.
  bool only_open = false;
  std::chrono::seconds lease{45};
  /// How long, beyond the lease, a host whose connection was lost is asked how it ended.
  std::chrono::seconds patience{60};
  int parallel = 32;
  /// How long to wait for another run that holds a host; 0: not at all.
  std::chrono::seconds lock_timeout{0};
  /// Number of Ctrl-C so far: after the first no other host is begun.
  const std::atomic<int>* interrupts = nullptr;
  RunMeta meta{};  ///< Of the rollback, which is itself a run.
  /// By host: its machine-id, which every controller sorts locks by.
  std::map<std::string, std::string> machines{};
  /// By host: units whose stop would end this program.
  std::map<std::string, std::set<std::string>> stands_on{};
  /// A host that others are reached through comes after those.
  HostOrder ways{};
  /// Takes a change of a server back; the way over the host is at hand. None: such changes
  /// are left.
  std::function<Result<void>(const PendingCall&, Reach)> call{};
};

/// Takes run `id`, which nothing confirmed, back; what closed a hole stays, unless no new login
/// gets through then.
Result<RollbackResult> take_back_unconfirmed(Runner& runner, const std::string& id,
                                             RollbackHow how);

/// All runs that hosts remember, host by host; hosts that don't answer are left out.
std::vector<RunMeta> remembered_runs(const std::map<std::string, Runner*>& runners, int parallel);
/// The apply of the same project and environment as `ours` that was begun last, of those that
/// nobody has taken back: one that failed and went back by itself is still the last.
std::optional<RunMeta> last_run(const std::vector<RunMeta>& runs, const RunMeta& ours);

/// Whether a run changed something that nobody has taken back yet.
bool stands(const RunMeta& run);

/// Whether these runs, as their hosts remember them, can still be taken back.
/// @param partial  Steps whose old secrets were deleted don't count.
/// @errors HF6121, with each run and step.
Result<void> ways_back(const std::vector<RunMeta>& runs, bool partial);
/// "it was too old (…)".
std::string why_gone(const WayBack& way_back);

/// Takes a finished or cut-off run back on every host that remembers it, in the order of the graph
/// reversed; one that fails keeps no other from its turn. All are locked before the first of them
/// is taken back; where another run holds one of them nothing is done on any. Hosts that never saw
/// it are left out of the outcome.
/// @errors in each host's outcome: HF6103 locked, HF6105 no host knows the run, HF6106 a later run
/// stands on it, HF6121 it can't be taken back any more.
Outcome roll_back(const std::map<std::string, Runner*>& runners, const RollbackOptions& options,
                  Watcher& watcher);

}  // namespace holdfast
