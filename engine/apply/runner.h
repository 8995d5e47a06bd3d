#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/http.h"
#include "engine/api/pending_call.h"
#include "engine/apply/block.h"
#include "engine/journal/audit.h"
#include "engine/journal/chain.h"
#include "engine/journal/state.h"
#include "engine/observe/host.h"

namespace holdfast {

/// The deadline of what may take so long.
inline Deadline minutes_from_now(int minutes) {
  return Clock::now() + std::chrono::minutes(minutes);
}

/// What the look under the lock found.
struct Begun {
  bool locked = false;  ///< The lock is ours now.
  /// Else: meta.json of whose it is (without an id: of a command that opens no run), or "PID NAME"
  /// of programs that a run left behind.
  std::string holder{};
  Seen seen{};
};

/// How a block ended.
struct BlockResult {
  int done = 0;                          ///< Acts that were carried out.
  std::optional<std::string> failure{};  ///< Of the next one; what it printed, masked nowhere yet.
  bool moved = false;                    ///< It failed because its object is not what the plan saw.
  bool unsafe = false;
  bool killed = false;  ///< By us: it took too long, or had to end.
};

/// What a block is told, and what it asks, while it works.
struct BlockWatch {
  std::function<void(std::size_t)> on_act;  ///< The index of the act that begins.
  /// Asked a few times a second: whether what runs must be killed.
  std::function<bool()> must_end = [] { return false; };
};

/// What could not be taken back.
struct RollbackResult {
  int undone = 0;
  int stays = 0;          ///< One way, and left so.
  bool reopened = false;  ///< It was not left so: nobody could log in otherwise.
  std::vector<std::string> left{};
  bool state_restored = true;
};

/// A run that was cut off, as it ends where another one goes on from it.
struct StoppedRun {
  RunMeta meta;
  std::string state;  ///< state.json: what it made counts as made by us.
  Ender by{};
};

/// How a run is watched over on its host.
struct Arming {
  /// Without a heartbeat for so long, the host ends the run and takes it back.
  std::chrono::seconds lease{45};
  /// What a rollback takes back, latest first; an apply's guard takes back the run itself.
  std::vector<std::string> targets{};
  /// Ends as this run begins: at any time one of the two is armed.
  std::optional<StoppedRun> instead{};
};

/// What a run leaves to its host, to be done once the run is over and with it the job that it is
/// part of.
struct Later {
  Block block{};
  Footing footing{};
  /// Units that it restarts, each with the life that it is in now: where all are in another one, it
  /// has happened.
  std::map<std::string, std::string> lives{};
  /// How long the host waits for the job's end.
  std::chrono::seconds limit{std::chrono::hours(6)};
  bool take_back = true;  ///< The host takes the run back where what was left fails.
};

/// What a rehearsal on one host came to.
struct Rehearsed {
  std::string impossible{};  ///< Not "": why nothing can be rehearsed there.
  struct Said {
    int act = 0;  ///< Its number.
    std::string what;
  };
  std::vector<Said> failed{};  ///< Acts that failed; the others were done all the same.
  std::vector<Said> left{};    ///< What undo scripts could not take back.
  /// Of a path that is not as it was once all was taken back.
  struct Difference {
    std::string path;
    std::string what;    ///< "has mode 0600, and had 0644".
    bool whole() const;  ///< The path itself came or went.
    auto operator<=>(const Difference&) const = default;
  };
  std::vector<Difference> differences{};
  std::vector<std::string> notes{};  ///< What could not be looked at.
};

struct RollbackHow {
  bool restore_state = false;      ///< The record, too, where nobody wrote it since.
  bool reopen = false;             ///< Also what closed a hole.
  std::chrono::seconds lease{45};  ///< Of a run that was cut off: it gets a new guard.
  /// The open run, where it is another one: its guard is the new one. "": the run's own.
  std::string within{};
  /// Takes a change of a server back. None: it is left.
  std::function<Result<void>(const PendingCall&)> call{};
};

/// One host's side of a run. Only the thread that owns the host may call it.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Takes the lock, waiting for no run and a second at most, and asks everything again under it:
  /// one round trip; on another's lock nothing is asked.
  /// @param by  Who does; shown to whoever is refused meanwhile. No id: it opens no run.
  virtual Result<Begun> begin(const std::vector<Query>& queries, const RunMeta& by,
                              Deadline deadline) = 0;
  /// The host gives the lock up where it hears nothing; for a run that is not open yet, and waits.
  /// To be called every few seconds. @errors HF4005 the connection is gone, and with it the lock.
  virtual Result<void> keep_lock(Deadline deadline) = 0;
  /// Opens the run on the host: folder, meta.json, backup of the record, `armed`, guard.
  /// The host's own journal is told, too.
  /// @param state  state.json to put first, "" : leave it.
  /// @return the host's key for HMACs.
  virtual Result<std::string> open(const RunMeta& meta, const std::string& state,
                                   const Arming& arming, Deadline deadline) = 0;
  /// Whether the host can still be worked on: a new login that gets as far as this one did, through
  /// sudo where that is asked. What is kept was seen by it.
  virtual Result<void> confirm(Deadline deadline) = 0;
  /// A new login was seen after these acts, which closed a hole: from now on they stay, whoever
  /// takes the run back. Until then a host that goes back alone opens the hole again, for it can't
  /// tell whether that is what shuts everybody out.
  virtual Result<void> seal(const std::vector<int>& acts, Deadline deadline) = 0;
  /// After a lost connection: meta.json of run `id` as the host has it now, by a new login; ""
  /// while it has not ended; meta_of_none() where there is no such run: it never began.
  virtual Result<std::string> aftermath(const std::string& id, Deadline deadline) = 0;
  /// Writes and syncs all undo scripts of the block, then acts, one after the other, until one
  /// fails. One round trip. What still runs at the deadline, or must end, is killed, which is a
  /// failure like another; an error says that even that did not get through.
  virtual Result<BlockResult> execute(const Block& block, const BlockWatch& watch,
                                      Deadline deadline) = 0;
  /// Writes and syncs the undo scripts of what is left, and starts what waits to do it. It waits
  /// for the run's end too, and does nothing unless the run was kept.
  virtual Result<void> leave(const Later& later, Deadline deadline) = 0;
  /// What run `id` left is this run's now: nobody else does it any more.
  virtual Result<void> take_over(const std::string& id, Deadline deadline) = 0;
  /// A server is about to be changed: what takes that back is on the host before.
  virtual Result<void> note_call(const Act& act, Deadline deadline) = 0;
  /// A way to servers over the host's connection, while that lasts.
  virtual std::unique_ptr<HttpTransport> tunnel() = 0;
  /// Keeps the run alive while its thread waits for something else than this host; never waits
  /// itself. @errors HF4005.
  virtual Result<void> beat() { return {}; }
  /// What the user should be told about the run on this host, each thing once; "" : nothing.
  virtual std::string take_note() { return {}; }
  /// Asks, within the probe's own patience or until it `must_end`. @return what was answered, for
  /// people; the text of an error says it, too.
  virtual Result<std::string> probe(const Probe& probe, const AskRemote& remote,
                                    const std::function<bool()>& must_end) = 0;
  /// Takes back what run `id` (open or finished) did, last first; goes on where an undo fails.
  virtual Result<RollbackResult> rollback(const std::string& id, const RollbackHow& how,
                                          Deadline deadline) = 0;
  /// Does the blocks and takes them back, where nobody keeps anything of it; the lock must be ours.
  /// One round trip. Differences are told of every path that the blocks' programs touched, but for
  /// those of the run itself. @errors HF1008 interrupted: the connection is of no use any more.
  virtual Result<Rehearsed> rehearse(const std::vector<Block>& blocks,
                                     const std::function<bool()>& must_end) = 0;
  /// Replaces meta.json of a finished run, which ends anew by it: the host's journal is told, its
  /// chain gets a link.
  virtual Result<void> annotate(const RunMeta& meta, const Ender& by, Deadline deadline) = 0;
  /// Puts the record (unless "") and the end of a run, as annotate() does, and drops the lock.
  /// @return the newest link of the host's chain.
  virtual Result<ChainHead> end(const RunMeta& meta, const std::string& state, const Ender& by,
                                Deadline deadline) = 0;
  virtual Result<void> release(Deadline deadline) = 0;
  /// Under the lock, no run being open: everything that lies on the host goes but the record, which
  /// becomes `state` ("" : there is none); drops the lock.
  /// @return how many runs went.
  virtual Result<int> make_image(const std::string& state, Deadline deadline) = 0;
  /// Under the lock, no run being open: nothing of holdfast stays on the host; the lock goes, too.
  virtual Result<void> leave_host(Deadline deadline) = 0;
  /// Every run that the host remembers, oldest first.
  virtual Result<std::vector<Remembered>> runs(Deadline deadline) = 0;
  /// The host's chain, and what it must agree with.
  virtual Result<HostChain> chain(Deadline deadline) = 0;
  /// Fingerprint of the key that we logged in with, "" where it was none.
  virtual std::string login_key() const { return {}; }
  /// state.json as it was before run `id`.
  virtual Result<std::string> state_before(const std::string& id, Deadline deadline) = 0;
};

}  // namespace holdfast
