#include "engine/apply/rollback.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "engine/apply/aftermath.h"
#include "engine/apply/locks.h"
#include "engine/apply/rollback_targets.h"
#include "engine/apply/run_name.h"
#include "engine/core/clock.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

Deadline in(std::chrono::minutes limit) { return Clock::now() + limit; }

/// One host's way back.
class HostRollback {
 public:
  HostRollback(const std::string& host, Runner& runner, const RollbackOptions& options)
      : runner_(runner), options_(options) {
    outcome_.host = host;
  }

  std::optional<HostOutcome> carry_out() {
    const Clock::time_point started = Clock::now();
    auto done = attempt();
    if (!done && !begun_.empty()) {
      learn_end(std::move(done.error()));
    } else if (!done) {
      outcome_.error = std::move(done.error());
      if (outcome_.end == HostEnd::Unchanged) outcome_.end = HostEnd::Refused;
      if (locked_) (void)!runner_.release(in(std::chrono::minutes(1)));
    }
    outcome_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
    if (!outcome_.error && targets_.empty()) return std::nullopt;
    return outcome_;
  }

 private:
  /// The host goes on alone where its controller is lost: it is as it says, not as we remember.
  void learn_end(Error error) {
    outcome_.error = std::move(error);
    outcome_.end = HostEnd::HalfDone;
    const std::optional<RunMeta> meta = end_of_lost(
        runner_, begun_, Clock::now() + options_.lease + options_.patience, [] { return false; });
    if (meta && meta->status != "half-done") {
      outcome_.error.reset();
      outcome_.end = HostEnd::RolledBack;
      return;
    }
    outcome_.left.push_back(
        meta ? "not all could be taken back by the host: see /var/lib/holdfast/runs/" +
                   targets_.front().id + "/left there"
             : "the connection was lost; the host goes on by itself, `holdfast plan` tells");
    for (const RunMeta& run : targets_) {
      if (run.status != "rolled-back") outcome_.taken_back.push_back({run.id, "half-done"});
    }
  }

  Result<void> attempt() {
    HF_TRY(const Begun begun, runner_.begin({}, options_.meta, in(std::chrono::minutes(1))));
    locked_ = begun.locked;
    if (!locked_) {
      outcome_.end = HostEnd::Locked;
      return fail(held(outcome_.host, begun.holder));
    }
    HF_TRY(const std::vector<RunMeta> runs, runs_of(runner_));
    HF_TRY(targets_, rollback_targets(runs, begun.seen.open_run, options_));
    if (targets_.empty()) return runner_.release(in(std::chrono::minutes(1)));
    HF_CHECK(ways_back(targets_, options_.partial));
    HF_CHECK(may_reopen());
    HF_CHECK(outlives(begun.seen.later));
    HF_TRY(state_, begun.seen.record());
    machine_ = begun.seen.machine_id;
    unseal(state_, machine_, outcome_.host);
    // Where the host's first run was cut off there is no record yet.
    if (state_.machine.empty()) state_.machine = machine_;
    RunMeta own = options_.meta;
    own.host = outcome_.host;
    own.key = runner_.login_key();
    outcome_.machine = begun.seen.machine_id;
    own.of = targets_.back().id;
    for (const RunMeta& run : targets_)
      own.objects.insert(own.objects.end(), run.objects.begin(), run.objects.end());
    // A run that was cut off keeps its own mark until it is taken back.
    const bool cut_off = !begun.seen.open_run.empty();
    if (!cut_off) {
      Arming arming{.lease = options_.lease};
      for (const RunMeta& run : targets_) arming.targets.push_back(run.id);
      HF_TRY([[maybe_unused]] const std::string key,
             runner_.open(own, "", arming, in(std::chrono::minutes(1))));
      outcome_.run = own.id;
    }
    begun_ = cut_off ? targets_.back().id : own.id;
    const Ender by = ended_by(own, !cut_off);
    for (RunMeta& run : targets_) HF_CHECK(take_back(run, by));
    own.status = outcome_.left.empty() ? "done" : "half-done";
    own.ended = now_text();
    const Ender ender = cut_off ? by : Ender{};
    HF_TRY(outcome_.chain,
           runner_.end(cut_off ? targets_.back() : own, state_restored_ ? "" : state_json(state_),
                       ender, in(std::chrono::minutes(1))));
    outcome_.end = outcome_.left.empty() ? HostEnd::RolledBack : HostEnd::HalfDone;
    return {};
  }

  /// A finished run that closed holes is taken back only by somebody who knows it; one that was cut
  /// off leaves them closed.
  Result<void> may_reopen() const {
    if (options_.reopen || options_.only_open) return {};
    Error error{.code = Code::WouldReopen,
                .message = "taking this back would open again on " + printable(outcome_.host) +
                           " what the run closed",
                .hint = "--allow-reopen does it"};
    for (const RunMeta& run : targets_) {
      if (run.status == "open") continue;
      for (const std::string& identity : run.closed) {
        error.notes.push_back({{}, printable(identity) + ", by run " + printable(run.id)});
      }
    }
    if (error.notes.empty()) return {};
    return fail(std::move(error));
  }

  /// What would end this very program is refused. What a run has left and nobody did yet needs no
  /// undo. @param waiting  Runs whose left steps still wait.
  Result<void> outlives(const std::vector<std::string>& waiting) const {
    const auto stands = options_.stands_on.find(outcome_.host);
    if (stands == options_.stands_on.end()) return {};
    for (const RunMeta& run : targets_) {
      std::vector<std::string> units = run.stops;
      if (std::find(waiting.begin(), waiting.end(), run.id) == waiting.end()) {
        units.insert(units.end(), run.stops_later.begin(), run.stops_later.end());
      }
      for (const std::string& unit : units) {
        if (stands->second.count(unit) == 0) continue;
        return fail(Code::EndsItself,
                    "taking back run " + printable(run.id) + " on " + printable(outcome_.host) +
                        " would end this program: it works there itself, and " + printable(unit) +
                        " would be stopped or start anew",
                    "do it from another machine, or there by hand: sh /var/lib/holdfast/runs/" +
                        printable(run.id) + "/rollback.sh");
      }
    }
    return {};
  }

  Result<void> take_back(RunMeta& run, const Ender& by) {
    // Where all of it goes back the host's own copy of the record does, too: byte by byte, as its
    // own way back does it.
    const bool whole = options_.reopen || run.closed.empty();
    RollbackHow how{.restore_state = whole, .reopen = options_.reopen, .lease = options_.lease};
    if (options_.call) {
      how.call = [this](const PendingCall& call) {
        Reach reach;
        reach.contact.go_on = [this] { return runner_.beat().has_value(); };
        reach.contact.may_wait = reach.contact.go_on;
        reach.tunnel = [this] { return runner_.tunnel(); };
        reach.run = run_name(options_.meta, outcome_.host);
        PendingCall here = call;
        here.host = outcome_.host;
        return options_.call(here, reach);
      };
    }
    HF_TRY(const RollbackResult result,
           run.status == "open" ? take_back_unconfirmed(runner_, run.id, how)
                                : runner_.rollback(run.id, how, in(std::chrono::minutes(15))));
    state_restored_ = state_restored_ && whole && result.state_restored;
    const std::set<std::string> closed(run.closed.begin(), run.closed.end());
    if (result.stays > 0) outcome_.stays.insert(outcome_.stays.end(), closed.begin(), closed.end());
    for (const std::string& left : result.left) outcome_.left.push_back(printable_lines(left));
    HF_TRY(const std::string text, runner_.state_before(run.id, in(std::chrono::minutes(1))));
    HostState before;
    if (!text.empty()) {
      HF_TRY(before, parse_state(text));
      unseal(before, machine_, outcome_.host);
    }
    for (const std::string& object : run.objects) {
      if (result.stays > 0 && closed.count(object) > 0) continue;
      const auto old = before.objects.find(object);
      if (old == before.objects.end()) {
        state_.objects.erase(object);
      } else {
        state_.objects[object] = old->second;
      }
    }
    const bool cut_off = run.status == "open";
    run.status = result.left.empty() ? "rolled-back" : "half-done";
    run.ended = now_text();
    outcome_.changed += static_cast<int>(run.changes.size());
    outcome_.taken_back.push_back({run.id, run.status});
    if (cut_off) return {};  // it ends with all that is done here
    return runner_.annotate(run, by, in(std::chrono::minutes(1)));
  }

  Runner& runner_;
  const RollbackOptions& options_;
  HostOutcome outcome_;
  bool locked_ = false;
  std::string begun_;  ///< The run that the host has open for it.
  std::vector<RunMeta> targets_;
  HostState state_;
  std::string machine_;
  bool state_restored_ = true;
};

}  // namespace

Result<RollbackResult> take_back_unconfirmed(Runner& runner, const std::string& id,
                                             RollbackHow how) {
  HF_TRY(RollbackResult result, runner.rollback(id, how, in(std::chrono::minutes(15))));
  if (result.stays == 0 || runner.confirm(in(std::chrono::minutes(1)))) return result;
  how.reopen = true;
  HF_TRY(RollbackResult rest, runner.rollback(id, how, in(std::chrono::minutes(15))));
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
    const auto runs = all[i].second->runs(in(std::chrono::minutes(1)));
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

/// Those that wait for no other one any more.
std::vector<std::string> next_turn(const std::map<std::string, Runner*>& left,
                                   const HostOrder& order) {
  std::vector<std::string> out;
  for (const auto& [host, runner] : left) {
    const std::set<std::string>& first = order.before(host);
    const bool waits = std::any_of(first.begin(), first.end(),
                                   [&](const auto& other) { return left.count(other) > 0; });
    if (!waits) out.push_back(host);
  }
  return out;
}

}  // namespace

Outcome roll_back(const std::map<std::string, Runner*>& runners, const RollbackOptions& options,
                  Watcher& watcher) {
  std::map<std::string, std::optional<HostOutcome>> ends;
  std::map<std::string, Runner*> left = runners;
  const HostOrder order = rollback_order(runners, options);
  while (!left.empty()) {
    const std::vector<std::string> turn = next_turn(left, order);
    for (const std::string& host : turn) ends[host];
    parallel_for(turn.size(), options.parallel, [&](std::size_t i) {
      watcher.host_begins(turn[i]);
      std::optional<HostOutcome>& end = ends.at(turn[i]);
      end = HostRollback(turn[i], *left.at(turn[i]), options).carry_out();
      if (end) watcher.host_ends(*end);
    });
    for (const std::string& host : turn) left.erase(host);
  }
  Outcome outcome;
  for (auto& [host, end] : ends) {
    if (end) outcome.hosts.push_back(std::move(*end));
  }
  return outcome;
}

}  // namespace holdfast
