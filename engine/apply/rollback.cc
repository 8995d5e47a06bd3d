#include "engine/apply/rollback.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>

#include "engine/apply/host_rollback.h"
#include "engine/apply/locks.h"
#include "engine/apply/rollback_targets.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"

namespace holdfast {

Result<RollbackResult> take_back_unconfirmed(Runner& runner, const std::string& id,
                                             RollbackHow how) {
  HF_TRY(RollbackResult result, runner.rollback(id, how, minutes_from_now(15)));
  if (result.stays == 0 || runner.confirm(minutes_from_now(1))) return result;
  how.reopen = true;
  HF_TRY(RollbackResult rest, runner.rollback(id, how, minutes_from_now(15)));
  rest.reopened = true;
  return rest;
}

bool stands(const RunMeta& run) { return run.command == "apply" && run.status != "rolled-back"; }

Result<void> ways_back(const std::vector<RunMeta>& runs, bool partial) {
  Error error{.code = Code::WayBackGone, .message = {}};
  bool nothing = false;
  for (const RunMeta& run : runs) {
    const std::string where = printable(run.id) + " on " + printable(run.host);
    if (!run.way_back.there) {
      nothing = true;
      error.notes.push_back({{}, "run " + where + ": " + why_gone(run.way_back)});
    }
    if (partial) continue;
    for (const std::string& step : run.way_back.gone)
      error.notes.push_back({{}, printable(step) + ", by run " + where});
  }
  if (error.notes.empty()) return {};
  error.message = nothing ? "there is no way back any more; nothing was changed"
                          : "old secrets were deleted, so these steps can't be taken back any "
                            "more; nothing was changed";
  if (!nothing) error.hint = "--partial takes back the rest";
  return fail(std::move(error));
}

std::string why_gone(const WayBack& way_back) {
  if (way_back.dropped == "age") return "it was too old (`retention: age`)";
  if (way_back.dropped == "number") return "there were too many (`retention: number`)";
  if (way_back.dropped == "size") return "it took too much room (`retention: size`)";
  return "it was deleted";
}

std::vector<RunMeta> remembered_runs(const std::map<std::string, Runner*>& runners, int parallel) {
  std::vector<std::pair<std::string, Runner*>> all(runners.begin(), runners.end());
  std::vector<std::vector<RunMeta>> found(all.size());
  parallel_for(all.size(), parallel, [&](std::size_t i) {
    const auto runs = all[i].second->runs(minutes_from_now(1));
    if (!runs) return;
    for (const Remembered& run : *runs) {
      if (auto meta = parse_run(run)) {
        meta->host = all[i].first;
        found[i].push_back(std::move(*meta));
      }
    }
  });
  std::vector<RunMeta> out;
  for (auto& runs : found) std::move(runs.begin(), runs.end(), std::back_inserter(out));
  return out;
}

std::optional<RunMeta> last_run(const std::vector<RunMeta>& runs, const RunMeta& ours) {
  std::set<std::string> taken_back;
  for (const RunMeta& run : runs) taken_back.insert(run.of);
  for (const RunMeta& run : runs) {
    // On some host something of it is left.
    if (run.command == "apply" && run.status == "half-done") taken_back.erase(run.id);
  }
  const RunMeta* last = nullptr;
  for (const RunMeta& run : runs) {
    const bool own = run.project == ours.project && run.environment == ours.environment;
    if (run.command != "apply" || !own || taken_back.count(run.id) > 0) continue;
    // Within a second the ids tell, which count its thousandths.
    if (last == nullptr || std::tie(run.started, run.id) >= std::tie(last->started, last->id)) {
      last = &run;
    }
  }
  if (last == nullptr) return std::nullopt;
  return *last;
}

namespace {

/// Whose turn it is. Thread-safe.
class HostTurns {
 public:
  /// @param left  Hosts whose turn is yet to come.
  HostTurns(HostOrder order, std::set<std::string> left, int parallel)
      : order_(std::move(order)), left_(std::move(left)), free_(std::max(parallel, 1)) {}

  /// Whether the host may begin: it waits for no other one any more.
  bool begin(const std::string& host) {
    const std::lock_guard lock(mutex_);
    const std::set<std::string>& first = order_.before(host);
    const bool waits = std::any_of(first.begin(), first.end(),
                                   [&](const auto& other) { return left_.count(other) > 0; });
    if (waits || free_ == 0) return false;
    --free_;
    return true;
  }
  /// After begin(); then pass().
  void end() {
    const std::lock_guard lock(mutex_);
    ++free_;
  }
  /// It has had its turn, or takes none.
  void pass(const std::string& host) {
    const std::lock_guard lock(mutex_);
    left_.erase(host);
  }

 private:
  std::mutex mutex_;
  HostOrder order_;
  std::set<std::string> left_;
  int free_;
};

bool interrupted(const RollbackOptions& options) {
  return options.interrupts != nullptr && options.interrupts->load() > 0;
}

/// In the host's own thread.
void take_turn(HostRollback& host, HostTurns& turns, const RollbackOptions& options) {
  const std::string& name = host.outcome().host;
  bool told = false;
  for (;;) {
    if (interrupted(options)) {
      host.leave_as_it_is();
      break;
    }
    if (turns.begin(name)) {
      host.work();
      turns.end();
      break;
    }
    if (!std::exchange(told, true)) host.tell_that_it_waits();
    if (!host.idle()) break;
  }
  turns.pass(name);
}

}  // namespace

Outcome roll_back(const std::map<std::string, Runner*>& runners, const RollbackOptions& options,
                  Watcher& watcher) {
  Foresight foresight = foresee(runners, options);
  std::vector<std::unique_ptr<HostRollback>> all;
  std::vector<Lockable*> hosts;
  for (const auto& [host, runner] : runners) {
    const bool bystander = foresight.bystanders.count(host) > 0;
    all.push_back(std::make_unique<HostRollback>(host, *runner, options, bystander, watcher));
    hosts.push_back(all.back().get());
  }
  const std::vector<char> joined = take_locks(
      hosts, {options.parallel, options.lock_timeout, options.interrupts, options.lease});
  // One host that is held by another run, or where it may not be done, stops them all; but what was
  // cut off goes back wherever it can.
  const bool none =
      any_locked(hosts) ||
      (!options.only_open &&
       std::any_of(all.begin(), all.end(), [](const auto& host) { return host->refuses(); }));
  std::set<std::string> left;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (joined[i] != 0) left.insert(all[i]->outcome().host);
    if (joined[i] == 0 && all[i]->takes_part()) all[i]->tell_end();
  }
  HostTurns turns(std::move(foresight.order), std::move(left), options.parallel);
  {
    // A thread each, not a pool: a host that waits keeps its lock meanwhile.
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (joined[i] == 0) continue;
      threads.emplace_back([&, i] {
        if (none) return all[i]->step_back();
        take_turn(*all[i], turns, options);
      });
    }
  }
  Outcome outcome;
  for (const auto& host : all) {
    if (host->takes_part()) outcome.hosts.push_back(host->outcome());
    if (!host->alone().empty()) outcome.alone[host->outcome().host] = host->alone();
  }
  outcome.interrupted = interrupted(options);
  return outcome;
}

}  // namespace holdfast
