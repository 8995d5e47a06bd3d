#include "engine/apply/host_run.h"

#include <algorithm>
#include <iterator>
#include <thread>

#include "engine/apply/admission.h"
#include "engine/apply/blame.h"
#include "engine/apply/later.h"
#include "engine/apply/locks.h"
#include "engine/apply/masking.h"
#include "engine/apply/rollback.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

using What = RowOutcome::What;

/// What a block may take at most: the limits of its programs, and a minute for the rest.
std::chrono::milliseconds limit_of(const Block& block) {
  std::chrono::milliseconds out = std::chrono::minutes(1);
  for (const Act& act : block.acts) {
    if (const Run* run = std::get_if<Run>(&act.step))
      out += run->limit + run->settle + std::chrono::seconds(10);
  }
  return out;
}

std::string short_of(const Change& change, const Resource& resource) {
  static constexpr const char* kVerbs[] = {"keep", "create", "update", "replace", "delete", "run"};
  return std::string(kVerbs[static_cast<std::size_t>(change.action)]) + " " + resource.address();
}

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
  return std::all_of(all_.begin(), all_.end(), [&](std::size_t row) {
    return !plan_.rows[row].adopt && plan_.rows[row].only_asks();
  });
}

std::string HostRun::rank() const {
  const HostPlan* host = plan_.host(host_);
  return host == nullptr || host->machine_id.empty() ? host_ : host->machine_id;
}

void HostRun::give_back() {
  release();
  outcome_.end = HostEnd::Unchanged;
}

void HostRun::tell_who_holds_it() {
  watcher_.host_note(host_, "waiting: " + outcome_.error->message);
}

void HostRun::step_back() {
  release();
  tell_end();
}

void HostRun::tell_end() {
  outcome_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  watcher_.host_ends(outcome_);
}

bool HostRun::begin() {
  if (only_probes()) return true;
  outcome_.error.reset();
  // The host gives the lock up after the lease where nothing more comes.
  const Deadline limit = std::min(deadline(), Clock::now() + options_.lease - options_.lease / 9);
  auto begun = runner_.begin(queries_of(plan_.declarations, host_, registry_), limit);
  if (!begun) {
    const bool cloned = begun.error().code == Code::ClonedMachine;
    lost(std::move(begun.error()));
    outcome_.end = cloned ? HostEnd::Refused : HostEnd::Unreachable;
    return false;
  }
  if (!begun->locked) {
    outcome_.end = HostEnd::Locked;
    outcome_.error = held(host_, begun->holder);
    return false;
  }
  if (compare(begun->seen)) return true;
  release();
  return false;
}

bool HostRun::compare(const Seen& seen) {
  outcome_.end = HostEnd::Refused;
  for (const std::size_t row : all_) {
    if (plan_.rows[row].later.empty()) continue;
    const Resource& resource = plan_.declarations[row].resource;
    left_for_.lives[row] = registry_.kind(resource.kind)->life(resource, seen.answers);
  }
  if (auto found = objection(plan_, host_, all_, seen, registry_)) {
    outcome_.error = std::move(found->error);
    if (found->row) row_outcomes_[*found->row] = {What::NotBegun, outcome_.error};
    return false;
  }
  auto state = seen.record();
  if (!state) {
    outcome_.error = std::move(state.error());
    return false;
  }
  state_ = std::move(*state);
  unseal(state_, seen.machine_id, host_);
  machine_ = seen.machine_id;
  outcome_.end = HostEnd::Unchanged;
  return true;
}

void HostRun::release() {
  if (only_probes()) return;
  if (auto released = runner_.release(deadline()); !released) gone_ = true;
}

bool HostRun::open() {
  if (opened_ || only_probes()) return true;
  for (const std::size_t row : all_) {
    meta_.objects.push_back(plan_.rows[row].identity);
    if (plan_.rows[row].change.action == Action::Create || plan_.rows[row].effects.makes) {
      meta_.created.push_back(plan_.rows[row].identity);
    }
    if (plan_.rows[row].changes() && stays(row)) meta_.closed.push_back(plan_.rows[row].identity);
    if (plan_.rows[row].changes() && !plan_.rows[row].only_asks()) {
      meta_.changes.push_back(short_of(plan_.rows[row].change, plan_.declarations[row].resource));
    }
    note_stops(plan_.rows[row].steps, meta_.stops);
    note_stops(plan_.rows[row].later, meta_.stops_later);
  }
  const auto marked = mark_pending(state_, plan_, all_);
  auto key =
      runner_.open(meta_, marked ? state_json(*marked) : "", {.lease = options_.lease}, deadline());
  if (!key) {
    fail_rows(left_, std::move(key.error()));
    return false;
  }
  key_ = std::move(*key);
  opened_ = true;
  outcome_.run = meta_.id;
  outcome_.machine = machine_;
  return true;
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
  watcher_.host_note(host_, "confirming by a fresh login");
  auto again = runner_.confirm(deadline());
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
    for (const Block& block : make_blocks(plan_, turn_of(ready.rows), registry_, numbering_)) {
      if (interrupted() || board_.aborted()) break;
      if (!take_slot()) break;
      const bool ok = block.probe ? run_probe(block) : run_block(block);
      board_.slots().release();
      if (!ok) return;
      if (block.probe) outcome_.checks += static_cast<int>(block.rows.size());
      note_done(block.rows);
      note_closed(block, closed);
    }
    if (!seal(closed)) return;
  }
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
  for (const std::size_t row : rows) row_outcomes_[row] = {What::Done, {}};
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

bool HostRun::run_block(const Block& block) {
  if (block.acts.empty()) return true;  // all of it is left for later
  acted_ = true;
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
    auto result = runner_.probe(std::get<Probe>(act.step), [this] { return must_end(); });
    if (result) continue;
    Error error = std::move(result.error());
    error.where = plan_.declarations[act.rows.front()].resource.where;
    fail_rows(act.rows, std::move(error));
    return false;
  }
  return true;
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

void HostRun::finish() {
  if (opened_ && !gone_) {
    const bool all_back = board_.aborted();
    if ((failed_ && goes_back()) || all_back) {
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
  do {
    const auto text = runner_.aftermath(meta_.id, deadline());
    if (text) {
      const auto meta = parse_meta(*text);
      if (meta && take_end(*meta)) return;
    }
    for (int i = 0; i < 10 && !must_end() && Clock::now() < end; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  } while (Clock::now() < end && !must_end());
  outcome_.end = HostEnd::HalfDone;
  outcome_.left.push_back("the connection was lost in the middle of run " + meta_.id +
                          "; the host takes it back by itself, `holdfast plan` tells");
}

bool HostRun::take_end(const RunMeta& meta) {
  if (meta.status == "open") return false;
  if (meta.status == "done") {
    // Only the last answer was lost.
    outcome_.error.reset();
    count_changes();
    outcome_.end = outcome_.changed > 0 ? HostEnd::Applied : HostEnd::Unchanged;
    return true;
  }
  kept_ = sealed_;
  mark_undone();
  outcome_.end = meta.status == "rolled-back" ? HostEnd::RolledBack : HostEnd::HalfDone;
  if (outcome_.end == HostEnd::HalfDone) {
    outcome_.left.push_back("not all could be taken back by the host: see /var/lib/holdfast/runs/" +
                            meta_.id + "/left there");
  }
  return true;
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
  auto result = take_back_unconfirmed(runner_, meta_.id, {.restore_state = true});
  if (!result) {
    watcher_.host_note(host_, "taking back failed: " + result.error().message);
    gone_ = true;
    return;
  }
  if (!result->reopened) kept_ = closed();
  mark_undone();
  for (const std::string& what : result->left) outcome_.left.push_back(printable_lines(what));
  outcome_.end = result->left.empty() ? HostEnd::RolledBack : HostEnd::HalfDone;
  meta_.status = result->left.empty() ? "rolled-back" : "half-done";
  meta_.ended = now_text();
  auto ended = runner_.end(meta_, state_of_what_stays(), {}, deadline());
  if (!ended) {
    gone_ = true;
    return;
  }
  outcome_.chain = std::move(*ended);
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
  meta_.status = status;
  meta_.ended = now_text();
  const HostState state = updated_state(state_, plan_, done_, machine_, key_, registry_, left_for_);
  auto ended = runner_.end(meta_, state_json(state), {}, deadline());
  if (!ended) {
    outcome_.error = std::move(ended.error());
    gone_ = true;
    return;
  }
  outcome_.chain = std::move(*ended);
  count_changes();
  if (failed_) {
    outcome_.end = HostEnd::Stopped;
  } else if (outcome_.end == HostEnd::Unchanged && outcome_.changed > 0) {
    outcome_.end = HostEnd::Applied;
  }
}

}  // namespace holdfast
