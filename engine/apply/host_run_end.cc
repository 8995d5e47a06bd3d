#include <algorithm>
#include <iterator>

#include "engine/apply/aftermath.h"
#include "engine/apply/back_order.h"
#include "engine/apply/host_run.h"
#include "engine/apply/later.h"
#include "engine/apply/rollback.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

using What = RowOutcome::What;

}  // namespace

void HostRun::await_turn_back() {
  if (!must_go_back() || !board_.waits(host_)) return;
  watcher_.host_note(host_, "waiting for other hosts to go back first");
  while (must_go_back() && board_.waits(host_)) idle();
}

void HostRun::finish() {
  if (opened_ && !gone_) {
    if (must_go_back()) {
      take_back();
    } else {
      close(failed_ ? "stopped" : "done");
    }
  }
  if (opened_ && gone_) learn_end();
  if (!opened_ && failed_ && !gone_) {
    outcome_.end = HostEnd::HeldBack;
    release();
  }
  tell_end();
}

/// Its guard ends what a lost controller left: the world is as the host says, not as we remember.
void HostRun::learn_end() {
  watcher_.host_note(host_, "the connection is lost: the host takes the run back by itself");
  const Deadline end = Clock::now() + options_.lease + options_.patience;
  const auto meta = end_of_lost(runner_, meta_.id, end, [this] { return must_end(); });
  if (meta) return take_end(*meta);
  outcome_.end = HostEnd::HalfDone;
  outcome_.left.push_back("the connection was lost in the middle of run " + meta_.id +
                          "; the host takes it back by itself, `holdfast plan` tells");
}

void HostRun::take_end(const RunMeta& meta) {
  if (meta.status == "done") {
    // Only the last answer was lost.
    outcome_.error.reset();
    count_changes();
    outcome_.end = outcome_.changed > 0 ? HostEnd::Applied : HostEnd::Unchanged;
    return;
  }
  if (!has_begun(meta)) {
    outcome_.end = HostEnd::Unreachable;
    outcome_.run.clear();
    if (cut_off_) outcome_.cut_off->status = "open";
    return;
  }
  kept_ = sealed_;
  mark_undone();
  outcome_.end = meta.status == "rolled-back" ? HostEnd::RolledBack : HostEnd::HalfDone;
  if (outcome_.end == HostEnd::HalfDone) {
    outcome_.left.push_back("not all could be taken back by the host: see /var/lib/holdfast/runs/" +
                            meta_.id + "/left there");
  }
  // It takes back what this run went on from, too.
  if (!cut_off_) return;
  const auto first = end_of_lost(runner_, cut_off_->id, Clock::now(), [] { return true; });
  if (first && first->status == "rolled-back") outcome_.cut_off.reset();
}

void HostRun::mark_undone() {
  for (const std::size_t row : done_) {
    if (!plan_.rows[row].changes()) continue;
    if (kept_.count(row) > 0) {
      outcome_.stays.push_back(plan_.declarations[row].resource.address());
    } else if (row_outcomes_.count(row) > 0) {
      row_outcomes_[row].what = What::UndoneAgain;
    }
  }
  for (const std::size_t row : begun_) {
    if (row_outcomes_[row].what == What::NotBegun) row_outcomes_[row].what = What::UndoneAgain;
  }
}

std::set<std::size_t> HostRun::closed() const {
  std::set<std::size_t> out;
  std::copy_if(done_.begin(), done_.end(), std::inserter(out, out.end()),
               [&](std::size_t row) { return plan_.rows[row].changes() && stays(row); });
  return out;
}

/// The record says what stays, though the rest was taken back. "" : it is as it was.
std::string HostRun::state_of_what_stays() const {
  if (kept_.empty()) return {};
  return state_json(updated_state(state_, plan_, kept_, machine_, key_, registry_));
}

void HostRun::count_changes() {
  for (const std::size_t row : done_) {
    if (plan_.rows[row].changes() && !plan_.rows[row].only_asks()) ++outcome_.changed;
  }
}

void HostRun::take_back() {
  outcome_.later.clear();
  watcher_.host_note(host_, "taking back");
  if (!failed_) {
    outcome_.error = Error{.code = Code::DependencyFailed,
                           .message =
                               "another host failed, and `on_failure: rollback_all` takes "
                               "all of them back"};
  }
  auto result = take_back_unconfirmed(runner_, meta_.id, way_back());
  if (!result) {
    watcher_.host_note(host_, "taking back failed: " + result.error().message);
    gone_ = true;
    return;
  }
  if (!result->reopened) kept_ = closed();
  mark_undone();
  for (const std::string& what : result->left) outcome_.left.push_back(printable_lines(what));
  outcome_.end = result->left.empty() ? HostEnd::RolledBack : HostEnd::HalfDone;
  const std::string status = result->left.empty() ? "rolled-back" : "half-done";
  if (!end(status, state_of_what_stays())) return;
  if (shut_out_) look_again();
}

/// Whether the way in is open again once all was taken back: a daemon may still hold what it read.
void HostRun::look_again() {
  auto again = runner_.confirm(deadline());
  if (again) return;
  outcome_.end = HostEnd::HalfDone;
  outcome_.left.push_back("a new login still fails, though all was taken back: " +
                          again.error().message);
}

void HostRun::close(const std::string& status) {
  for (const std::string& run : superseded(plan_, done_)) {
    // Where this is lost, the end is, too.
    (void)!runner_.take_over(run, deadline());
  }
  const HostState state = updated_state(state_, plan_, done_, machine_, key_, registry_, left_for_);
  if (auto ended = end(status, state_json(state)); !ended) {
    outcome_.error = std::move(ended.error());
    return;
  }
  count_changes();
  if (failed_) {
    outcome_.end = HostEnd::Stopped;
  } else if (outcome_.end == HostEnd::Unchanged && outcome_.changed > 0) {
    outcome_.end = HostEnd::Applied;
  }
}

Result<void> HostRun::end(const std::string& status, const std::string& state) {
  meta_.status = status;
  meta_.ended = now_text();
  // Rows that were never begun came after nothing.
  meta_.after = hosts_before(plan_, tried_);
  auto ended = runner_.end(meta_, state, {}, deadline());
  gone_ = !ended;
  if (!ended) return fail(std::move(ended.error()));
  outcome_.chain = std::move(*ended);
  return {};
}

}  // namespace holdfast
