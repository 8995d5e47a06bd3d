#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/apply/lockable.h"
#include "engine/apply/rollback.h"

namespace holdfast {

/// One host's way back, from the lock to the report.
class HostRollback : public Lockable {
 public:
  /// @param bystander  There seems to be nothing to take back: another run that holds it is in
  /// nobody's way.
  HostRollback(std::string host, Runner& runner, const RollbackOptions& options, bool bystander,
               Watcher& watcher);

  /// Locks, and chooses what to take back. False: nothing is; outcome() says where that is wrong.
  bool begin() override;
  void give_back() override;
  void keep() override;
  bool locked() const override { return outcome_.end == HostEnd::Locked; }
  std::string rank() const override;
  void tell_who_holds_it() override;

  /// Nothing is to be done after all: another host could not be locked.
  void step_back();
  /// Its turn is yet to come.
  void tell_that_it_waits();
  /// A moment of waiting, in which the lock is kept. False: the host is lost.
  bool idle();
  /// Nothing is taken back here any more: the rollback was interrupted.
  void leave_as_it_is();
  void work();
  /// How it ended, where anything was to be done.
  void tell_end();

  /// Whether there was anything to take back, or something is wrong.
  bool takes_part() const { return outcome_.error || works(); }
  /// What it was asked to take back may not be taken back.
  bool refuses() const { return refuses_; }
  const HostOutcome& outcome() const { return outcome_; }
  /// What the host has ended by itself.
  const std::vector<EndedAlone>& alone() const { return alone_; }

 private:
  bool works() const { return gone_on_with_ || !targets_.empty(); }
  void announce();
  void release();
  void learn_end(Error error);
  Result<void> choose();
  Result<void> judge(const Seen& seen, const std::vector<RunMeta>& runs);
  Result<void> take_all_back();
  bool unconfirmed() const { return cut_off_ && !gone_on_with_; }
  Result<void> may_reopen() const;
  Result<void> outlives(const std::vector<std::string>& waiting) const;
  Result<void> take_each_back(const Ender& by);
  Result<void> take_back(RunMeta& run, const Ender& by);

  std::string host_;
  Runner& runner_;
  const RollbackOptions& options_;
  bool bystander_;
  Watcher& watcher_;
  Clock::time_point started_ = Clock::now();
  HostOutcome outcome_;
  std::vector<EndedAlone> alone_;
  bool announced_ = false;
  bool refuses_ = false;
  bool holds_ = false;    ///< The lock.
  bool cut_off_ = false;  ///< A run was open there, and ends by this.
  bool reopen_ = false;   ///< Also what closed a hole.
  Deadline next_sign_{};  ///< That the lock is still wanted.
  std::string begun_;     ///< The run that the host has open for it.
  std::vector<RunMeta> targets_;
  std::optional<RunMeta> gone_on_with_;  ///< A rollback that was cut off.
  HostState state_;
  std::string machine_;
  bool state_restored_ = true;
};

}  // namespace holdfast
