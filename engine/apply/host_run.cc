#include "engine/apply/host_run.h"

#include <algorithm>
#include <iterator>
#include <thread>

#include "engine/apply/admission.h"
#include "engine/apply/blame.h"
#include "engine/apply/later.h"
#include "engine/apply/masking.h"
#include "engine/check/only_warns.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

using What = RowOutcome::What;

/// What keeps those back that rest on a row.
std::string why_not(const Row& row) {
  if (row.unknown) return ", which isn't known yet: " + printable(row.unknown->cause);
  return row.refused ? ", which is refused" : ", which failed";
}

}  // namespace

HostRun::HostRun(const Plan& plan, std::string host, std::vector<std::size_t> rows, Runner& runner,
                 const Registry& registry, const ApplyOptions& options, Board& board,
                 Watcher& watcher)
    : plan_(plan),
      host_(std::move(host)),
      left_(std::move(rows)),
      runner_(runner),
      registry_(registry),
      options_(options),
      board_(board),
      watcher_(watcher),
      all_(left_) {
  outcome_.host = host_;
  meta_ = options.meta;
  meta_.host = host_;
  meta_.key = runner_.login_key();
  turns_ = closing_first(plan_, std::move(left_));
  left_ = turns_.rows;
}

/// Of what is ready: what closes a hole comes alone, so that a login can be seen after it.
std::vector<std::size_t> HostRun::turn_of(const std::vector<std::size_t>& ready) const {
  for (const auto* first : {&turns_.closes_alone, &turns_.closes}) {
    std::vector<std::size_t> out;
    std::copy_if(ready.begin(), ready.end(), std::back_inserter(out),
                 [&](std::size_t row) { return first->count(row) > 0; });
    if (!out.empty()) return out;
  }
  return ready;
}

Deadline HostRun::deadline(std::chrono::milliseconds extra) const {
  return Clock::now() + std::chrono::minutes(1) + extra;
}

/// Whether this host is only asked questions: then it needs no lock and leaves no run behind.
bool HostRun::only_probes() const {
  return goes_on_from().empty() && std::all_of(all_.begin(), all_.end(), [&](std::size_t row) {
           return !plan_.rows[row].adopt && plan_.rows[row].only_asks();
         });
}

/// The run that was cut off here before the plan was made, where this one may end it; "" : none.
std::string HostRun::goes_on_from() const {
  const HostPlan* host = options_.resume ? plan_.host(host_) : nullptr;
  return host == nullptr ? "" : host->open_run;
}

void HostRun::work() {
  work_rows();
  if (!failed_ && !gone_ && !board_.aborted()) leave_for_later();
  const bool kept = opened_ && acted_ && !gone_ && !board_.aborted();
  if (kept && (!failed_ || !goes_back())) confirm();
}

/// What would have ended the run itself, and so the job that it is part of.
void HostRun::leave_for_later() {
  std::vector<std::size_t> rows;
  std::copy_if(all_.begin(), all_.end(), std::back_inserter(rows), [&](std::size_t row) {
    return done_.count(row) > 0 && !plan_.rows[row].later.empty();
  });
  if (rows.empty()) return;
  Later later = later_of(plan_, rows, left_for_.lives, registry_, numbering_);
  later.limit = options_.later_limit;
  failed_row_ = rows.front();
  later.take_back = policy() != FailurePolicy::Stop;
  acted_ = true;
  if (auto left = runner_.leave(later, deadline()); !left) {
    return fail_rows(rows, std::move(left.error()));
  }
  left_for_.run = meta_.id;
  for (const Act& act : later.block.acts) outcome_.later.push_back(describe(act.step));
}

/// What locks everybody out must not stay, whatever the policy says.
void HostRun::confirm() {
  if (login_seen_) return;
  watcher_.host_note(host_, "confirming by a fresh login");
  auto again = runner_.confirm(deadline());
  login_seen_ = again.has_value();
  if (again) return;
  unconfirmed_ = shut_out_ = true;
  Error error = std::move(again.error());
  error.message = "a new login fails after these changes, so they are taken back: " + error.message;
  error.code = Code::NotConfirmed;
  error.hint = "a rule, an account, a key or sudo is no longer what this login needs";
  fail_rows({}, std::move(error));
}

void HostRun::reject() {
  unconfirmed_ = true;
  fail_rows({}, {.code = Code::NotConfirmed,
                 .message = "nobody confirmed these changes in time, so they are taken back"});
}

void HostRun::work_rows() {
  // Rows that only go into the record need no act.
  for (const std::size_t row : all_) {
    if (!plan_.rows[row].changes()) done_.insert(row);
  }
  std::erase_if(left_, [&](std::size_t row) { return done_.count(row) > 0; });
  board_.mark({done_.begin(), done_.end()}, Board::Mark::Done);
  if (!open()) return;
  while (!left_.empty() && !failed_ && !gone_) {
    if (board_.aborted()) return;
    if (interrupted()) {
      return fail_rows({left_.front()}, Error{.code = Code::Interrupted, .message = "interrupted"});
    }
    const Board::Ready ready = board_.ready(left_);
    hold_back(ready.blocked);
    if (ready.rows.empty()) {
      if (!left_.empty()) {
        watcher_.host_note(host_, "waiting for other hosts");
        board_.wait();
        beat();
      }
      continue;
    }
    std::vector<int> closed;
    if (!work_turn(ready.rows, closed) || !seal(closed)) return;
  }
}

/// @param closed  Gets the acts by which what rests on no other change has closed a hole.
bool HostRun::work_turn(const std::vector<std::size_t>& rows, std::vector<int>& closed) {
  for (const Block& block : make_blocks(plan_, turn_of(rows), registry_, numbering_)) {
    if (interrupted() || board_.aborted() || !take_slot()) break;
    const bool ok = run_one(block);
    board_.slots().release();
    if (!ok) return false;
    note_done(block.rows);
    note_closed(block, closed);
  }
  return true;
}

/// Of a block that is done, the acts by which what rests on no other change has closed a hole.
void HostRun::note_closed(const Block& block, std::vector<int>& acts) {
  for (const Act& act : block.acts) {
    const bool alone = std::all_of(act.rows.begin(), act.rows.end(), [&](std::size_t row) {
      return turns_.closes_alone.count(row) > 0;
    });
    if (act.stays && act.closed_by == act.number && alone) acts.push_back(act.number);
  }
}

/// Somebody can still log in, so what was closed may stay, even where the host goes back alone.
/// Where nobody can, what comes next may let them in again, or all goes back. False: the host is
/// lost.
bool HostRun::seal(const std::vector<int>& acts) {
  // Where nothing else is to come, the run itself is confirmed next.
  if (acts.empty() || left_.empty()) return true;
  watcher_.host_note(host_, "looking whether a fresh login still gets through");
  if (!runner_.confirm(deadline())) return true;
  if (auto sealed = runner_.seal(acts, deadline()); !sealed) {
    lost(std::move(sealed.error()));
    return false;
  }
  std::copy_if(done_.begin(), done_.end(), std::inserter(sealed_, sealed_.end()),
               [&](std::size_t row) { return turns_.closes_alone.count(row) > 0; });
  return true;
}

bool HostRun::take_slot() {
  while (!board_.slots().try_acquire_for(std::chrono::seconds(1))) {
    beat();
    if (gone_ || interrupted() || board_.aborted()) return false;
  }
  return true;
}

void HostRun::beat() {
  if (!opened_ || gone_) return;
  if (auto alive = runner_.beat(); !alive) lost(std::move(alive.error()));
}

void HostRun::idle() {
  beat();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

void HostRun::note_done(const std::vector<std::size_t>& rows) {
  done_.insert(rows.begin(), rows.end());
  std::erase_if(left_, [&](std::size_t row) { return done_.count(row) > 0; });
  for (const std::size_t row : rows) row_outcomes_[row].what = What::Done;
  board_.mark(rows, Board::Mark::Done);
}

/// Of a block that failed after `done` acts, the rows that need none of the others.
void HostRun::note_complete(const Block& block, std::size_t done) {
  std::set<std::size_t> complete, open;
  for (std::size_t i = 0; i < block.acts.size(); ++i) {
    const std::vector<std::size_t>& rows = block.acts[i].rows;
    (i < done ? complete : open).insert(rows.begin(), rows.end());
  }
  std::vector<std::size_t> rows;
  std::set_difference(complete.begin(), complete.end(), open.begin(), open.end(),
                      std::back_inserter(rows));
  note_done(rows);
}

bool HostRun::run_one(const Block& block) {
  tried_.insert(block.rows.begin(), block.rows.end());
  if (block.acts.empty()) return true;  // all of it is left for later
  if (block.by == Block::By::Probe) return run_probe(block);
  if (block.by == Block::By::Call) return run_call(block);
  const auto whole = with_issued(block);
  return whole && run_block(*whole);
}

bool HostRun::run_block(const Block& block) {
  acted_ = true;
  login_seen_ = false;
  std::set<std::size_t> told;  // A file is prepared first and put in its place later.
  const auto on_act = [&](std::size_t index) {
    if (!told.insert(index).second) return;
    const Act& act = block.acts[index];
    watcher_.act(host_, act.rows.front(), describe(act.step));
  };
  auto result =
      runner_.execute(block, {on_act, [this] { return must_end(); }}, deadline(limit_of(block)));
  if (const std::string note = runner_.take_note(); !note.empty()) watcher_.host_note(host_, note);
  if (!result) {
    lost(std::move(result.error()));
    return false;
  }
  if (!result->failure) return true;
  const auto done = static_cast<std::size_t>(result->done);
  for (std::size_t i = 0; i < done; ++i) {
    begun_.insert(block.acts[i].rows.begin(), block.acts[i].rows.end());
  }
  note_complete(block, done);
  const Act& act = block.acts[done];
  const bool interrupt = result->killed && must_end();
  const std::vector<std::size_t> culprits = blame(plan_, act.rows, *result->failure);
  Error error{.code = interrupt        ? Code::Interrupted
                      : result->moved  ? Code::ObjectMoved
                      : result->unsafe ? Code::UnsafePath
                                       : Code::StepFailed,
              .message = printable(describe(act.step)) + ": " +
                         printable_lines(mask_secrets(*result->failure, block)),
              .where = plan_.declarations[culprits.front()].resource.where};
  fail_rows(culprits, std::move(error));
  return false;
}

bool HostRun::run_probe(const Block& block) {
  for (const Act& act : block.acts) {
    watcher_.act(host_, act.rows.front(), describe(act.step));
    // It changes nothing: there is no reason to wait for its end.
    auto result = runner_.probe(
        std::get<Probe>(act.step), [this](const Probe::Remote& asked) { return ask_server(asked); },
        [this] { return interrupted(); });
    if (result) continue;
    Error error = std::move(result.error());
    error.where = plan_.declarations[act.rows.front()].resource.where;
    if (error.code == Code::CheckFailed && only_warn(act.rows)) {
      warn(act.rows, error);
      continue;
    }
    fail_rows(act.rows, std::move(error));
    return false;
  }
  outcome_.checks +=
      static_cast<int>(std::count_if(block.rows.begin(), block.rows.end(), [this](std::size_t row) {
        return row_outcomes_.count(row) == 0;
      }));
  return true;
}

bool HostRun::only_warn(const std::vector<std::size_t>& rows) const {
  return std::all_of(rows.begin(), rows.end(), [this](std::size_t row) {
    return only_warns(plan_.declarations[row].resource);
  });
}

void HostRun::warn(const std::vector<std::size_t>& rows, const Error& error) {
  for (const std::size_t row : rows) {
    row_outcomes_[row].error = error;
    watcher_.host_note(
        host_, "warning: " + plan_.declarations[row].resource.address() + ": " + error.message);
  }
}

void HostRun::hold_back(const std::vector<std::pair<std::size_t, std::size_t>>& blocked) {
  for (const auto& [row, failed] : blocked) {
    const Declaration& cause = plan_.declarations[failed];
    row_outcomes_[row] = {
        What::NotBegun,
        Error{.code = Code::DependencyFailed,
              .message = "rests on " + printable(cause.host + " " + cause.resource.address()) +
                         why_not(plan_.rows[failed]),
              .where = plan_.declarations[row].resource.where}};
    if (outcome_.end == HostEnd::Unchanged) {
      outcome_.end = HostEnd::HeldBack;
      outcome_.error = row_outcomes_[row].error;
    }
    std::erase(left_, row);
    board_.mark({row}, Board::Mark::Failed);
  }
}

void HostRun::fail_rows(const std::vector<std::size_t>& rows, Error error) {
  failed_ = true;
  failed_row_ = rows.empty() ? all_.front() : rows.front();
  outcome_.error = error;
  for (const std::size_t row : rows) row_outcomes_[row] = {What::Failed, error};
  for (const std::size_t row : left_) {
    if (row_outcomes_.count(row) == 0) row_outcomes_[row] = {What::NotBegun, {}};
  }
  board_.mark(left_, Board::Mark::Failed);
  if (!goes_back()) return;
  // What is about to be taken back is nothing that another host may still build on.
  std::vector<std::size_t> undone;
  std::copy_if(done_.begin(), done_.end(), std::back_inserter(undone),
               [&](std::size_t row) { return plan_.rows[row].changes(); });
  board_.mark(undone, Board::Mark::Failed);
  if (policy() == FailurePolicy::RollbackAll) board_.abort();
}

void HostRun::lost(Error error) {
  gone_ = true;
  error.trail.push_back("working on " + host_);
  fail_rows(left_, std::move(error));
}

FailurePolicy HostRun::policy() const {
  const auto& own = plan_.declarations[failed_row_].on_failure;
  return options_.on_failure.value_or(own.value_or(FailurePolicy::Rollback));
}

}  // namespace holdfast
