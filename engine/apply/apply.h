#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/apply/runner.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// How one host's part of a run ended.
enum class HostEnd {
  Unchanged,  ///< Nothing was to do.
  Applied,
  RolledBack,  ///< Failed, and is as before.
  HalfDone,    ///< Failed, and something is left: `left` says what.
  Stopped,     ///< Failed, left as it stands by policy.
  Refused,     ///< Not begun: stale, another owner's, needs root, paused.
  Locked,      ///< Not begun: another run holds it.
  Unreachable,
  HeldBack  ///< Not begun: what it rests on failed.
};

struct RowOutcome {
  enum class What { None, Done, Failed, UndoneAgain, NotBegun } what = What::None;
  std::optional<Error> error{};
};

/// A run that another one ended.
struct EndedRun {
  std::string run, status;
};

struct HostOutcome {
  std::string host;
  HostEnd end = HostEnd::Unchanged;
  std::string run;  ///< Id of the run on the host, "" where none was opened.
  int changed = 0;
  int checks = 0;  ///< That were asked and are right; not among `changed`.
  std::optional<Error> error{};
  std::vector<std::string> left{};   ///< What could not be taken back.
  std::vector<std::string> stays{};  ///< What was not: it closed a hole (one way).
  std::vector<std::string> later{};  ///< What the host does once the run's own job is over.
  std::chrono::milliseconds took{0};
  std::string machine{};               ///< machine-id, "" where no run was opened.
  ChainHead chain{};                   ///< Of the host, after the run.
  std::vector<EndedRun> taken_back{};  ///< By a rollback.
  /// The run that was cut off there and that this one goes on from: `open`, or ended as `stopped`;
  /// what it did stays.
  std::optional<EndedRun> cut_off{};
};

struct Outcome {
  std::vector<HostOutcome> hosts;
  std::map<std::size_t, RowOutcome> rows;  ///< By index in the plan.
  bool interrupted = false;
  /// By host: what it had ended by itself, and no plan has told.
  std::map<std::string, std::vector<EndedAlone>> alone{};
};

/// What happens while it happens, for progress and `--json`. Called from the hosts' threads:
/// implementations lock.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void host_begins(const std::string& host) = 0;
  /// The host is at this act of this row.
  virtual void act(const std::string& host, std::size_t row, const std::string& what) = 0;
  virtual void host_note(const std::string& host,
                         const std::string& what) = 0;  ///< "taking back", "waiting for h2"
  virtual void host_ends(const HostOutcome& outcome) = 0;
  /// While a person is asked, nothing is written over the question.
  virtual void hold(bool) {}
};

struct ApplyOptions {
  int parallel = 32;
  std::optional<FailurePolicy> on_failure{};  ///< Overrides the manifests'.
  RunMeta meta{};  ///< Template for every host's; `host` and `objects` are filled in.
  /// Number of Ctrl-C so far: the first ends the run after the block that works, the second kills
  /// what runs; either is a failure like another.
  const std::atomic<int>* interrupts = nullptr;
  /// Without a heartbeat for so long, a host ends its part of the run and takes it back alone.
  std::chrono::seconds lease{45};
  /// Asks a person whether what was done is to be kept, once every host is ready; false, or no
  /// answer in time: all of it is taken back. None: a fresh login is enough.
  std::function<bool()> ask_keep{};
  /// How long to wait for another run that holds a host; 0: not at all.
  std::chrono::seconds lock_timeout{0};
  /// How long a host waits for the end of the run's own job, to do what was left for later.
  std::chrono::seconds later_limit{std::chrono::hours(6)};
  /// After a lost connection: how much longer to ask how the host ended the run.
  std::chrono::seconds patience{60};
  bool resume = false;  ///< Goes on from the runs that were cut off: each ends as its host begins.
};

/// Carries a plan out: locks and looks again on every host that changes, then blocks side by side
/// in graph order; a failed host is rolled back by policy, what rests on it is held back, nothing
/// else is disturbed.
Outcome apply(const Plan& plan, const std::map<std::string, Runner*>& runners,
              const Registry& registry, const ApplyOptions& options, Watcher& watcher);

}  // namespace holdfast
