#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/api/servers.h"
#include "engine/apply/admission.h"
#include "engine/apply/apply.h"
#include "engine/apply/board.h"
#include "engine/apply/lockable.h"
#include "engine/apply/record.h"

namespace holdfast {

/// One host's part of a run, from the lock to the report. Everything but the constructor runs in
/// the host's own thread.
class HostRun : public Lockable {
 public:
  HostRun(const Plan& plan, std::string host, std::vector<std::size_t> rows, Runner& runner,
          const Registry& registry, const ApplyOptions& options, Board& board, Watcher& watcher);

  /// Locks, asks again and compares with what the plan rests on. Where it says no, outcome() says
  /// why.
  bool begin() override;
  void give_back() override;
  void keep() override;
  bool locked() const override { return outcome_.end == HostEnd::Locked; }
  std::string rank() const override;
  void tell_who_holds_it() override;
  /// It takes no part.
  void stay_out() { tell_end(); }
  /// Nothing is to be done after all: another host of the batch could not be locked.
  void step_back();
  /// All blocks, as they become ready; what is to be kept is confirmed by a fresh login.
  void work();
  /// Whether it changed something that is about to be kept.
  bool would_keep() const { return opened_ && acted_ && !gone_ && !failed_ && !board_.aborted(); }
  /// Nobody agreed: what was done goes back.
  void reject();
  /// A moment of waiting, in which the run is kept alive on the host.
  void idle();
  /// Whether something may have changed, and by which rows; once it has worked.
  bool acted() const { return acted_; }
  const std::set<std::size_t>& tried() const { return tried_; }
  /// Waits for those that go back before this host, if it must go back itself.
  void await_turn_back();
  /// Puts the record and closes the run; or takes everything back where this host or, by policy,
  /// the run has failed.
  void finish();

  const HostOutcome& outcome() const { return outcome_; }
  const std::map<std::size_t, RowOutcome>& rows() const { return row_outcomes_; }
  /// What the host has ended by itself since the plan was made.
  const std::vector<EndedAlone>& alone() const { return alone_; }

 private:
  void release();
  void tell_end();
  bool compare(const Seen& seen, const ServerFaults& faults);
  bool only_probes() const;
  std::string goes_on_from() const;
  bool learn_cut_off(const std::string& id);
  bool open();
  void note_done(const std::vector<std::size_t>& rows);
  void note_complete(const Block& block, std::size_t done);
  bool take_slot();
  void beat();
  bool work_turn(const std::vector<std::size_t>& rows, std::vector<int>& closed);
  bool run_one(const Block& block);
  bool run_block(const Block& block);
  bool run_probe(const Block& block);
  bool only_warn(const std::vector<std::size_t>& rows) const;
  void warn(const std::vector<std::size_t>& rows, const Error& error);
  bool run_call(const Block& block);
  /// The block with what servers issue just before it is used. nullopt: it could not be had.
  std::optional<Block> with_issued(const Block& block);
  Reach contact(std::chrono::milliseconds limit);
  Result<std::string> ask_server(const Probe::Remote& asked);
  RollbackHow way_back();

  void leave_for_later();
  void work_rows();
  void confirm();
  bool goes_back() const { return unconfirmed_ || policy() != FailurePolicy::Stop; }
  bool must_go_back() const {
    return opened_ && !gone_ && ((failed_ && goes_back()) || board_.aborted());
  }
  void look_again();
  void learn_end();
  void mark_undone();
  std::set<std::size_t> closed() const;
  std::string state_of_what_stays() const;
  std::vector<std::size_t> turn_of(const std::vector<std::size_t>& ready) const;
  void note_closed(const Block& block, std::vector<int>& acts);
  bool seal(const std::vector<int>& acts);
  bool stays(std::size_t row) const { return plan_.rows[row].effects.one_way; }
  void count_changes();
  void take_end(const RunMeta& meta);
  void hold_back(const std::vector<std::pair<std::size_t, std::size_t>>& blocked);
  void fail_rows(const std::vector<std::size_t>& rows, Error error);
  FailurePolicy policy() const;
  void take_back();
  void close(const std::string& status);
  Result<void> end(const std::string& status, const std::string& state);
  void lost(Error error);
  bool interrupted() const {
    return options_.interrupts != nullptr && options_.interrupts->load() > 0;
  }
  bool must_end() const { return interrupted() && options_.interrupts->load() > 1; }
  Deadline deadline(std::chrono::milliseconds extra = {}) const;

  const Plan& plan_;
  std::string host_;
  std::vector<std::size_t> left_;  ///< Rows still to be done, in plan order.
  Runner& runner_;
  const Registry& registry_;
  const ApplyOptions& options_;
  Board& board_;
  Watcher& watcher_;
  Clock::time_point started_ = Clock::now();
  Numbering numbering_;
  HostState state_;
  std::string machine_, key_;
  RunMeta meta_;
  std::optional<RunMeta> cut_off_;  ///< Still open: it ends as this run begins.
  bool opened_ = false;
  bool failed_ = false;
  bool acted_ = false;        ///< Something may have changed.
  bool unconfirmed_ = false;  ///< Nothing of it is kept, whatever the policy:
  bool shut_out_ = false;     ///< no new login gets through any more.
  bool gone_ = false;         ///< The connection is lost.
  bool login_seen_ = false;   ///< A fresh login got through after all that was done so far.
  std::vector<std::size_t> all_;
  std::set<std::size_t> done_;
  std::set<std::size_t> tried_;  ///< Of each block that was begun, whatever came of it.
  std::set<std::size_t> begun_;  ///< Of the block that failed: some of their acts were done.
  Turns turns_;
  std::set<std::size_t> sealed_;  ///< They stay, even where the host goes back alone.
  std::set<std::size_t> kept_;    ///< They stay, though the rest was taken back.
  std::size_t failed_row_ = 0;
  std::optional<std::string> unmade_;  ///< What would take the call back that the server refused.
  LeftFor left_for_;
  HostOutcome outcome_;
  std::vector<EndedAlone> alone_;
  std::map<std::size_t, RowOutcome> row_outcomes_;
};

}  // namespace holdfast
