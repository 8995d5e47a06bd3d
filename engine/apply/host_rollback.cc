#include "engine/apply/host_rollback.h"

#include <algorithm>
#include <set>
#include <thread>

#include "engine/apply/admission.h"
#include "engine/apply/aftermath.h"
#include "engine/apply/locks.h"
#include "engine/apply/rollback_targets.h"
#include "engine/apply/run_name.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
HostRollback::HostRollback(std::string host, Runner& runner, const RollbackOptions& options,
                           bool bystander, Watcher& watcher)
    : host_(std::move(host)),
      runner_(runner),
      options_(options),
      bystander_(bystander),
      watcher_(watcher) {
  outcome_.host = host_;
}

std::string HostRollback::rank() const {
  const auto machine = options_.machines.find(host_);
  return machine == options_.machines.end() || machine->second.empty() ? host_ : machine->second;
}

void HostRollback::announce() {
  if (!std::exchange(announced_, true)) watcher_.host_begins(host_);
}

void HostRollback::release() {
  // Where this is lost, the lock is, too.
  if (std::exchange(holds_, false)) (void)!runner_.release(minutes_from_now(1));
}

bool HostRollback::begin() {
  outcome_ = {};
  outcome_.host = host_;
  refuses_ = false;
  targets_.clear();
  gone_on_with_.reset();
  auto chosen = choose();
  if (chosen && works()) return true;
  if (!chosen) {
    outcome_.error = std::move(chosen.error());
    if (outcome_.end == HostEnd::Unchanged) outcome_.end = HostEnd::Refused;
  }
  release();
  return false;
}

void HostRollback::give_back() { release(); }

void HostRollback::keep() {
  // Where this is lost, what comes next says so.
  if (holds_) (void)!runner_.keep_lock(Clock::now() + kPatienceToKeep);
}

void HostRollback::tell_who_holds_it() {
  announce();
  watcher_.host_note(host_, "waiting: " + outcome_.error->message);
}

void HostRollback::step_back() {
  release();
  tell_end();
}

void HostRollback::tell_that_it_waits() {
  announce();
  watcher_.host_note(host_, "waiting for its turn");
}

bool HostRollback::idle() {
  if (Clock::now() >= next_sign_) {
    next_sign_ = Clock::now() + kBetweenSigns;
    if (auto kept = runner_.keep_lock(minutes_from_now(1)); !kept) {
      outcome_.error = std::move(kept.error());
      outcome_.end = HostEnd::Unreachable;
      tell_end();
      return false;
    }
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return true;
}

void HostRollback::leave_as_it_is() {
  release();
  outcome_.end = HostEnd::Refused;
  outcome_.error = Error{.code = Code::Interrupted,
                         .message = "interrupted before anything was taken back here"};
  for (const RunMeta& run : targets_) {
    if (run.status == "open") outcome_.cut_off = EndedRun{run.id, run.status};
    if (run.status != "half-done") continue;
    outcome_.end = HostEnd::HalfDone;
    outcome_.left.push_back("what run " + printable(run.id) +
                            " had left half-done before: `holdfast rollback " + printable(run.id) +
                            "`");
  }
  tell_end();
}

void HostRollback::work() {
  announce();
  auto done = take_all_back();
  // Of a run that was cut off nothing is begun before it has a guard again.
  const bool refused =
      !done && cut_off_ && outcome_.taken_back.empty() && done.error().code == Code::StepFailed;
  if (!done && !begun_.empty() && !refused) {
    learn_end(std::move(done.error()));
  } else if (!done) {
    outcome_.error = std::move(done.error());
    if (outcome_.end == HostEnd::Unchanged) outcome_.end = HostEnd::Refused;
    release();
  }
  tell_end();
}

void HostRollback::tell_end() {
  announce();
  outcome_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  watcher_.host_ends(outcome_);
}

/// The host goes on alone where its controller is lost: it is as it says, not as we remember.
void HostRollback::learn_end(Error error) {
  outcome_.error = std::move(error);
  outcome_.end = HostEnd::HalfDone;
  const std::optional<RunMeta> meta = end_of_lost(
      runner_, begun_, Clock::now() + options_.lease + options_.patience, [] { return false; });
  if (meta && !has_begun(*meta)) {
    outcome_.end = HostEnd::Unreachable;
    outcome_.run.clear();
    return;
  }
  if (meta && meta->status != "half-done") {
    outcome_.error.reset();
    outcome_.end = HostEnd::RolledBack;
    return;
  }
  outcome_.left.push_back(
      meta ? "not all could be taken back by the host: see /var/lib/holdfast/runs/" +
                 (targets_.empty() ? begun_ : targets_.front().id) + "/left there"
           : "the connection was lost; the host goes on by itself, `holdfast plan` tells");
  for (const RunMeta& run : targets_) {
    if (run.status != "rolled-back") outcome_.taken_back.push_back({run.id, "half-done"});
  }
}

/// Under the lock, and before anything is done on any host.
Result<void> HostRollback::choose() {
  HF_TRY(const Begun begun, runner_.begin({}, options_.meta, minutes_from_now(1)));
  holds_ = begun.locked;
  if (!holds_ && bystander_) return {};
  if (!holds_) {
    outcome_.end = HostEnd::Locked;
    return fail(held(host_, begun.holder));
  }
  HF_TRY(const std::vector<RunMeta> runs, runs_of(runner_));
  alone_ = begun.seen.alone;
  auto may = judge(begun.seen, runs);
  refuses_ = !may;
  if (!may || !works()) return may;
  HF_TRY(state_, begun.seen.record());
  machine_ = begun.seen.machine_id;
  unseal(state_, machine_, host_);
  // Where the host's first run was cut off there is no record yet.
  if (state_.machine.empty()) state_.machine = machine_;
  return {};
}

/// Which runs, and whether they may be taken back.
Result<void> HostRollback::judge(const Seen& seen, const std::vector<RunMeta>& runs) {
  HF_TRY(targets_, rollback_targets(runs, seen.open_run, options_));
  gone_on_with_ = open_rollback(runs, seen.open_run);
  if (!works()) return {};
  // A run that was cut off keeps its own mark until it is taken back.
  cut_off_ = !seen.open_run.empty();
  // What is half done is worse than what the pause keeps away.
  if (seen.pause && !cut_off_ && !options_.only_open) return fail(paused(host_, *seen.pause));
  reopen_ = options_.reopen || (gone_on_with_ && gone_on_with_->reopen);
  HF_CHECK(ways_back(targets_, options_.partial));
  HF_CHECK(may_reopen());
  return outlives(seen.later);
}

Result<void> HostRollback::take_all_back() {
  RunMeta own = options_.meta;
  own.reopen = reopen_;
  own.host = host_;
  own.key = runner_.login_key();
  outcome_.machine = machine_;
  if (!targets_.empty()) own.of = targets_.back().id;
  for (const RunMeta& run : targets_)
    own.objects.insert(own.objects.end(), run.objects.begin(), run.objects.end());
  if (!cut_off_) {
    Arming arming{.lease = options_.lease};
    for (const RunMeta& run : targets_) arming.targets.push_back(run.id);
    const auto opened = runner_.open(own, "", arming, minutes_from_now(1));
    // Where the host is lost nobody knows whether it had begun.
    if (opened || opened.error().code != Code::StepFailed) begun_ = outcome_.run = own.id;
    if (!opened) return fail(opened.error());
  } else {
    begun_ = gone_on_with_ ? gone_on_with_->id : targets_.front().id;
  }
  const Ender by = ended_by(gone_on_with_ ? *gone_on_with_ : own, gone_on_with_ || !cut_off_);
  HF_CHECK(take_each_back(by));
  RunMeta& last = gone_on_with_ ? *gone_on_with_ : cut_off_ ? targets_.front() : own;
  // A run that was cut off says of itself how it was taken back.
  if (gone_on_with_ || !cut_off_) last.status = outcome_.left.empty() ? "done" : "half-done";
  last.ended = now_text();
  HF_TRY(outcome_.chain,
         runner_.end(last, state_restored_ ? "" : state_json(state_),
                     cut_off_ ? ended_by(own, false) : Ender{}, minutes_from_now(1)));
  outcome_.end = outcome_.left.empty() ? HostEnd::RolledBack : HostEnd::HalfDone;
  return {};
}

Result<void> HostRollback::take_each_back(const Ender& by) {
  for (RunMeta& run : targets_) {
    // An earlier try came as far as that, and what lies below it has changed since.
    if (run.status == "rolled-back") {
      outcome_.taken_back.push_back({run.id, run.status});
    } else {
      HF_CHECK(take_back(run, by));
    }
  }
  // What a later run closed may be what an earlier one, now taken back, stood in for.
  const bool sure = !unconfirmed() || targets_.size() < 2 || outcome_.stays.empty();
  if (sure || runner_.confirm(minutes_from_now(1))) return {};
  reopen_ = true;
  outcome_.stays.clear();
  outcome_.left.clear();
  outcome_.taken_back.clear();
  outcome_.changed = 0;
  for (RunMeta& run : targets_) HF_CHECK(take_back(run, by));
  return {};
}

/// A finished run that closed holes is taken back only by somebody who knows it; one that was cut
/// off leaves them closed.
Result<void> HostRollback::may_reopen() const {
  if (reopen_ || options_.only_open || unconfirmed()) return {};
  Error error{.code = Code::WouldReopen,
              .message = "taking this back would open again on " + printable(outcome_.host) +
                         " what the run closed",
              .hint = "--allow-reopen does it"};
  for (const RunMeta& run : targets_) {
    for (const std::string& identity : run.closed) {
      error.notes.push_back({{}, printable(identity) + ", by run " + printable(run.id)});
    }
  }
  if (error.notes.empty()) return {};
  return fail(std::move(error));
}

/// What would end this very program is refused. What a run has left and nobody did yet needs no
/// undo. @param waiting  Runs whose left steps still wait.
Result<void> HostRollback::outlives(const std::vector<std::string>& waiting) const {
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

Result<void> HostRollback::take_back(RunMeta& run, const Ender& by) {
  // Where all of it goes back the host's own copy of the record does, too: byte by byte, as its
  // own way back does it.
  const bool whole = reopen_ || run.closed.empty();
  RollbackHow how{.restore_state = whole, .reopen = reopen_, .lease = options_.lease};
  if (cut_off_) how.within = begun_;
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
  HF_TRY(const RollbackResult result, unconfirmed()
                                          ? take_back_unconfirmed(runner_, run.id, how)
                                          : runner_.rollback(run.id, how, minutes_from_now(15)));
  state_restored_ = state_restored_ && whole && result.state_restored;
  const std::set<std::string> closed(run.closed.begin(), run.closed.end());
  if (result.stays > 0) outcome_.stays.insert(outcome_.stays.end(), closed.begin(), closed.end());
  for (const std::string& left : result.left) outcome_.left.push_back(printable_lines(left));
  HF_TRY(const std::string text, runner_.state_before(run.id, minutes_from_now(1)));
  HostState before;
  if (!text.empty()) {
    HF_TRY(before, parse_state(text));
    unseal(before, machine_, outcome_.host);
  }
  for (const std::string& object : run.objects) {
    if (result.stays > 0 && closed.count(object) > 0) continue;
    state_.made.erase(object);
    const auto old = before.objects.find(object);
    if (old == before.objects.end()) {
      state_.objects.erase(object);
    } else {
      state_.objects[object] = old->second;
    }
  }
  run.status = result.left.empty() ? "rolled-back" : "half-done";
  run.ended = now_text();
  outcome_.changed += static_cast<int>(run.changes.size());
  outcome_.taken_back.push_back({run.id, run.status});
  // The open one ends with all that is done here.
  if (unconfirmed() && run.id == begun_) return {};
  return runner_.annotate(run, by, minutes_from_now(1));
}

}  // namespace holdfast
