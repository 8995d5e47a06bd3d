#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/apply/runner.h"
#include "tests/support/fake_host.h"

namespace holdfast {

/// A run on a host in memory: keeps the record, the runs and what takes each of them back.
class FakeRunner : public Runner {
 public:
  explicit FakeRunner(const Registry& registry) : registry_(registry) {}

  FakeHost host;
  std::string machine = "machine";
  bool root = true, can_lock = true;
  std::optional<std::string> state{};
  std::string held_by{};  ///< meta.json of another run that holds the lock.
  std::string open_run{};
  std::optional<Pause> pause{};
  int blocks = 0;           ///< Frames with acts so far.
  bool locked = false;      ///< By the run that is under way.
  int kept_lock = 0;        ///< How often, while it waited.
  bool drops_lock = false;  ///< Its connection is lost while it waits.
  RunMeta holder{};         ///< Who took the lock last, as it is shown to others.
  bool refuses = false;     ///< A full disk: no run can be opened.
  /// The connection is lost as a run is opened: before the host has it, or after.
  enum class Lost { No, Before, After } lost_in_open = Lost::No;
  std::vector<EndedAlone> alone{};  ///< What it has ended by itself.
  bool shut = false;                ///< Nobody can log in anew;
  bool shut_by_change = false;      ///< or only not while a run is open.
  bool watched = true;  ///< By a guard: once the connection is lost, the host takes the run back.
  int confirmed = 0;    ///< Fresh logins so far.
  std::function<bool()> lets_in = [] { return true; };  ///< By what is on the host.
  std::chrono::seconds lease{0};                        ///< Of the last run that was opened.
  std::vector<std::string> log{};  ///< "ID STATUS by WORDS" of each run that ended.
  std::string no_copy{};           ///< Why nothing can be rehearsed.
  int rehearsals = 0;              ///< So far.
  /// Called with the copy, once all was taken back in it.
  std::function<void(FakeHost&, const std::vector<Block>&)> after_rehearsal =
      [](FakeHost&, const std::vector<Block>&) {};
  /// An undo fails, and says this.
  std::string stuck{};
  std::function<void()> before_begin = [] {};
  /// Called when a run is about to be taken back; an error is the connection's.
  std::function<Result<void>()> before_undo = [] { return Result<void>(); };
  /// Called with what is about to be done, once the run has been told of it.
  std::function<void(const std::string&)> before_act = [](const std::string&) {};
  /// Set where the run is to think that it works here itself.
  std::optional<ProcessId> own{};
  Footing footing{};
  std::vector<std::string> waiting{};     ///< Runs that left what is still waited for.
  std::map<std::string, Later> left{};    ///< By run: what it left.
  std::vector<std::string> taken_over{};  ///< Runs whose left steps another one has now.
  bool refuses_later = false;             ///< Nothing can be left.
  std::function<Result<void>(const Probe&)> answer = [](const Probe&) { return Result<void>(); };

  /// The look without a lock, as a plan does it.
  Result<Seen> observe(const std::vector<Query>& queries);
  /// The step after `count` more ones fails; the connection is lost before it.
  void fail_after(int count) { host.fail_at(host.steps() + count + 1); }
  void lose_after(int count) { host.lose_at(host.steps() + count + 1); }
  /// The connection is back; the lock went with the old one.
  void reconnect();
  /// The job of run `id` is over: does what was left, if the run was kept.
  void end_job(const std::string& id);
  bool knows(const std::string& id) const { return runs_.count(id) > 0; }
  /// Retention took something of the run's way back.
  void forget(const std::string& id, WayBack way_back) {
    runs_.at(id).way_back = std::move(way_back);
  }
  std::string meta_of(const std::string& id) const { return runs_.at(id).meta; }

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
  std::unique_ptr<HttpTransport> tunnel() override { return curl_transport({}); }
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
  std::string login_key() const override { return "SHA256:key-of-ann"; }
  Result<std::string> state_before(const std::string& id, Deadline deadline) override;

 private:
  struct Kept {
    std::string meta;
    std::optional<std::string> state;   ///< As it was before,
    std::optional<std::string> left{};  ///< and after.
    WayBack way_back{};
    FakeHost::Journal journal{};
    std::vector<PendingCall> calls{};  ///< Of servers that were changed, last one last.
  };
  /// @errors HF4005 the connection is gone.
  Result<void> reached() const;
  /// The open run ends.
  void close(const RunMeta& meta, const std::string& put, const Ender& by);
  /// The run is a link of the chain now.
  void link(const RunMeta& meta, const Ender& by);

  const Registry& registry_;
  std::map<std::string, Kept> runs_;
  std::vector<ChainLink> chain_;
  bool gone_ = false;
};

/// meta.json of a run of eve's, to hold a host.
std::string somebody();

}  // namespace holdfast
