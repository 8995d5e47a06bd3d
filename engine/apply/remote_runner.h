#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/apply/lifeline.h"
#include "engine/apply/runner.h"
#include "engine/journal/retention.h"
#include "engine/observe/remote_host.h"

namespace holdfast {

/// A run on a real host: its shell, and beside it a lifeline while something may change.
class RemoteRunner : public Runner {
 public:
  /// @param others  Logins through other names of the host: each must see the lock held.
  /// @param retention  How long the runs that it opens stay on the host.
  explicit RemoteRunner(RemoteHost& host, std::vector<RemoteHost*> others = {},
                        Retention retention = {})
      : host_(host), others_(std::move(others)), retention_(retention) {}

  Result<Begun> begin(const std::vector<Query>& queries, const RunMeta& by,
                      Deadline deadline) override;
  Result<void> keep_lock(Deadline deadline) override;
  Result<std::string> open(const RunMeta& meta, const std::string& state, const Arming& arming,
                           Deadline deadline) override;
  Result<void> confirm(Deadline deadline) override;
  Result<void> seal(const std::vector<int>& acts, Deadline deadline) override;
  Result<std::string> aftermath(const std::string& id, Deadline deadline) override;
  Result<BlockResult> execute(const Block& block, const BlockWatch& watch,
                              Deadline deadline) override;
  Result<void> leave(const Later& later, Deadline deadline) override;
  Result<void> take_over(const std::string& id, Deadline deadline) override;
  Result<void> beat() override;
  std::string take_note() override;
  std::unique_ptr<HttpTransport> tunnel() override;
  Result<void> note_call(const Act& act, Deadline deadline) override;
  Result<std::string> probe(const Probe& probe, const AskRemote& remote,
                            const std::function<bool()>& must_end) override;
  Result<RollbackResult> rollback(const std::string& id, const RollbackHow& how,
                                  Deadline deadline) override;
  Result<Rehearsed> rehearse(const std::vector<Block>& blocks,
                             const std::function<bool()>& must_end) override;
  Result<void> annotate(const RunMeta& meta, const Ender& by, Deadline deadline) override;
  Result<ChainHead> end(const RunMeta& meta, const std::string& state, const Ender& by,
                        Deadline deadline) override;
  Result<void> release(Deadline deadline) override;
  Result<int> make_image(const std::string& state, Deadline deadline) override;
  Result<void> leave_host(Deadline deadline) override;
  Result<std::vector<Remembered>> runs(Deadline deadline) override;
  Result<HostChain> chain(Deadline deadline) override;
  std::string login_key() const override { return host_.peer().auth_key; }
  Result<std::string> state_before(const std::string& id, Deadline deadline) override;

 private:
  /// A run that was cut off has a new controller: what its programs left works no more, and it gets
  /// a guard.
  Result<void> guard_anew(const std::string& id, std::chrono::seconds lease, Deadline deadline);
  /// Of answers, at once.
  static constexpr std::size_t kCap = std::size_t{32} << 20;
  /// For what works on a host to end by itself once what it waited for was killed.
  static constexpr std::chrono::seconds kAfterKill{15};

  std::string library();
  /// The variables of the scripts that name a run's folders.
  static std::string run_folder(const std::string& id);
  Result<void> kill(const std::string& why);
  void start_lifeline(const std::string& id);
  /// What both channels do while the first one waits for the host.
  Result<void> turn();
  Result<std::optional<Record>> roll_on(const std::string& script, RollbackResult& result,
                                        Deadline deadline);
  /// A script of the journal that must say "ok". @errors HF6001 with what went wrong.
  Result<Record> must(const std::string& script, const std::string& what, Deadline deadline);

  /// @errors HF5008 another name's login finds the lock free that is ours.
  Result<void> show_lock(Deadline deadline);

  RemoteHost& host_;
  std::vector<RemoteHost*> others_;
  Retention retention_;
  std::optional<Lifeline> lifeline_{};  ///< While a run is open.
  Arming arming_{};
  std::unique_ptr<RemoteHost> second_login_;  ///< Where the first one takes no second session.
  int own_beats_ = 0;                         ///< By the first channel, where there is no second.
  Deadline next_own_beat_{};
  std::string note_;  ///< To be told once.
  bool loaded_ = false;
};

}  // namespace holdfast
