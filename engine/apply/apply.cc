#include "engine/apply/apply.h"

#include <algorithm>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

#include "engine/apply/admission.h"
#include "engine/apply/back_order.h"
#include "engine/apply/cut_off.h"
#include "engine/apply/host_run.h"
#include "engine/apply/locks.h"
#include "engine/plan/refusals.h"

namespace holdfast {
namespace {

/// Hosts that take part, each with its rows; the others' outcome is known already.
class Execution {
 public:
  Execution(const Plan& plan, const std::map<std::string, Runner*>& runners,
            const Registry& registry, const ApplyOptions& options, Watcher& watcher)
      : plan_(plan),
        runners_(runners),
        registry_(registry),
        options_(options),
        watcher_(watcher),
        board_(plan, involved(plan), options.parallel) {}

  Outcome carry_out() {
    for (const HostPlan& host : plan_.hosts) admit(host);
    for (const auto& run : runs_) watcher_.host_begins(run->outcome().host);
    const std::vector<Lockable*> hosts = all_hosts();
    const std::vector<char> joined = take_locks(
        hosts, {options_.parallel, options_.lock_timeout, options_.interrupts, options_.lease});
    // One host held by another run stops them all.
    const bool locked = any_locked(hosts);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (joined[i] == 0) runs_[i]->stay_out();
      if (joined[i] == 0) board_.mark(plan_.rows_of(runs_[i]->outcome().host), Board::Mark::Failed);
    }
    const bool together = may_take_all_back() || options_.ask_keep;
    // A thread each, not a pool: a host that waits for another one must not keep that one from its
    // turn.
    std::latch worked(std::count(joined.begin(), joined.end(), 1));
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (joined[i] != 0) board_.begin(runs_[i]->outcome().host);
    }
    each_joined(joined, [&](HostRun& run) {
      if (locked) return run.step_back();
      run.work();
      if (together) board_.end(run.outcome().host);
      worked.count_down();
      while (together && !worked.try_wait()) run.idle();
      if (options_.ask_keep && run.would_keep() && !keep(run)) run.reject();
      if (together) {
        std::call_once(turned_, [&] { turn_back(); });
        run.await_turn_back();
      }
      run.finish();
      board_.end(run.outcome().host);
    });
    if (options_.resume && !locked) end_what_is_done();
    for (const auto& run : runs_) {
      outcome_.hosts.push_back(run->outcome());
      if (!run->alone().empty()) outcome_.alone[run->outcome().host] = run->alone();
      outcome_.rows.insert(run->rows().begin(), run->rows().end());
    }
    outcome_.interrupted = options_.interrupts != nullptr && options_.interrupts->load() > 0;
    return std::move(outcome_);
  }

 private:
  static std::vector<bool> involved(const Plan& plan) {
    std::vector<bool> out(plan.rows.size());
    for (std::size_t row = 0; row < out.size(); ++row) {
      const Row& r = plan.rows[row];
      out[row] = takes_part(plan, row) || (r.selected && (r.unknown || r.refused));
    }
    return out;
  }

  std::vector<Lockable*> all_hosts() const {
    std::vector<Lockable*> out;
    for (const auto& run : runs_) out.push_back(run.get());
    return out;
  }

  void admit(const HostPlan& host) {
    std::vector<std::size_t> rows = plan_.rows_of(host.host);
    std::vector<std::size_t> stuck = rows;
    std::erase_if(rows, [&](std::size_t row) { return !takes_part(plan_, row); });
    std::erase_if(stuck, [&](std::size_t row) {
      return !plan_.rows[row].unknown && !plan_.rows[row].refused;
    });
    board_.mark(stuck, Board::Mark::Failed);
    HostOutcome quiet{.host = host.host, .run = {}};
    auto blocked = obstacle(host);
    const auto runner = runners_.find(host.host);
    if (host.unreachable || (blocked && !rows.empty())) {
      const bool silent = host.unreachable && !record_refused(host);
      quiet.end = silent ? HostEnd::Unreachable : HostEnd::Refused;
      quiet.error = std::move(blocked);
      board_.mark(rows, Board::Mark::Failed);
    } else if (!rows.empty() && runner != runners_.end()) {
      runs_.push_back(std::make_unique<HostRun>(plan_, host.host, std::move(rows), *runner->second,
                                                registry_, options_, board_, watcher_));
      return;
    } else if (!stuck.empty()) {
      quiet.end = HostEnd::HeldBack;
    }
    outcome_.hosts.push_back(std::move(quiet));
  }

  /// Where a run was cut off and nothing is to be done any more, it only has to end.
  void end_what_is_done() {
    for (HostOutcome& outcome : outcome_.hosts) {
      const HostPlan& host = *plan_.host(outcome.host);
      const auto runner = runners_.find(outcome.host);
      if (host.open_run.empty() || runner == runners_.end()) continue;
      outcome.cut_off = EndedRun{host.open_run, "open"};
      if (outcome.end != HostEnd::Unchanged) continue;
      auto blocked = obstacle(host);
      auto ended = blocked
                       ? Result<bool>(fail(std::move(*blocked)))
                       : stop_open_run(*runner->second, host.host, host.open_run, options_.meta);
      const bool held = !ended && ended.error().code == Code::Locked;
      if (held || (ended && !*ended)) {
        outcome.cut_off.reset();
      } else if (ended) {
        outcome.cut_off->status = "stopped";
      }
      if (ended) continue;
      outcome.end = held ? HostEnd::Locked : HostEnd::Refused;
      outcome.error = std::move(ended.error());
    }
  }

  /// One question for all hosts; each is kept alive until it is answered.
  bool keep(HostRun& run) {
    std::call_once(asked_, [&] {
      answer_ = std::async(std::launch::async, [&] {
        watcher_.hold(true);
        const bool kept = options_.ask_keep();
        watcher_.hold(false);
        return kept;
      });
    });
    const std::shared_future<bool> answer = answer_;
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) run.idle();
    return answer.get();
  }

  /// All have worked. Where nothing was begun nobody waits, nor is waited for.
  void turn_back() {
    std::map<std::string, std::set<std::size_t>> begun;
    std::set<std::string> hosts;
    for (const auto& run : runs_) {
      if (!run->acted()) continue;
      begun[run->outcome().host] = run->tried();
      hosts.insert(run->outcome().host);
    }
    board_.turn_back(std::move(hosts), back_order(plan_, begun));
  }

  bool may_take_all_back() const {
    return options_.on_failure == FailurePolicy::RollbackAll ||
           (!options_.on_failure &&
            std::any_of(plan_.declarations.begin(), plan_.declarations.end(),
                        [](const auto& d) { return d.on_failure == FailurePolicy::RollbackAll; }));
  }

  template <class Work>
  void each_joined(const std::vector<char>& joined, const Work& work) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (joined[i] != 0) threads.emplace_back([&, i] { work(*runs_[i]); });
    }
  }

  const Plan& plan_;
  const std::map<std::string, Runner*>& runners_;
  const Registry& registry_;
  const ApplyOptions& options_;
  Watcher& watcher_;
  Board board_;
  std::vector<std::unique_ptr<HostRun>> runs_;
  Outcome outcome_;
  std::once_flag asked_, turned_;
  std::shared_future<bool> answer_;
};

}  // namespace

Outcome apply(const Plan& plan, const std::map<std::string, Runner*>& runners,
              const Registry& registry, const ApplyOptions& options, Watcher& watcher) {
  return Execution(plan, runners, registry, options, watcher).carry_out();
}

}  // namespace holdfast
