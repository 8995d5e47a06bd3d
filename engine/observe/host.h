#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "engine/journal/chain.h"
#include "engine/journal/state.h"
#include "engine/observe/footing.h"
#include "engine/transport/transport.h"

namespace holdfast {

/// A run that its host took back without its controller.
struct EndedAlone {
  std::string run;
  std::string by;      ///< "guard": nobody kept it alive; "boot": after a power cut.
  std::string status;  ///< "rolled-back"; "half-done": something is left; "done": of a rollback.
  bool operator==(const EndedAlone&) const = default;
};

/// A person's word that nothing is to be changed for now.
struct Pause {
  std::string until;  ///< RFC 3339, UTC, by the host's clock, which ends it.
  std::string who;
  std::string why;
  std::string text() const;  ///< "paused by ann until 2031-…: a release"
};

/// What a host says of itself and of what was asked, in one round trip.
struct Seen {
  std::string machine_id;  ///< /etc/machine-id, "" where there is none.
  std::string boot_id;     ///< New at every boot.
  bool root = false;       ///< Whether the shell may change everything,
  bool prepared = false;   ///< or only see it (`holdfast prepare`).
  bool can_lock = false;   ///< Whether there is a flock program: apply needs it.
  bool systemd = true;     ///< Whether systemd runs there, and so starts a killed guard again.
  /// state.json, read while the host still answers; none: there is none, or this account can't see
  /// it (`root` and `prepared` tell).
  std::optional<Result<HostState>> state{};
  std::string open_run{};  ///< Id of a run that has begun and not ended here.
  std::string holder{};    ///< meta.json of that run, where somebody still works on it,
  bool guarded = false;    ///< and that is only its guard: the controller is gone.
  std::optional<Pause> pause{};
  std::vector<EndedAlone> alone{};  ///< Since the last run that a controller opened.
  ChainHead chain{};                ///< Of the runs that ended there.
  /// The controller works on this very host: its process, as the host sees it. An empty one: it
  /// can't be seen.
  std::optional<ProcessId> own{};
  std::vector<std::string> later{};  ///< Runs that left something here which still waits.
  Answers answers{};

  /// The record; an empty one where there is none. @errors HF6101, HF6102.
  Result<HostState> record() const { return state ? *state : HostState{}; }
};

/// A file whose old text a diff wants.
struct TextQuery {
  std::string path;
  std::string ours{};  ///< Digest of what holdfast last wrote there and may show; "" : none.
};

/// The old text, or why it is not shown.
struct OldText {
  std::optional<std::string> text{};
  enum class Hidden { No, Private, Binary, TooLarge, Gone, Unreadable, NoFile } hidden = Hidden::No;
};

struct Fetched {
  std::vector<OldText> texts{};
  std::string key{};  ///< The host's own key for HMACs of secrets; "" where there is none or it
                      ///< can't be read.
};

/// A login's shell as another login on the same machine can see it: a word that nobody else knows
/// is its name. Leaves no trace but that name.
struct Mark {
  std::string process;  ///< Its id.
  std::string word;     ///< Twelve hexadecimal digits.
};

/// What the engine asks of one host; the real one speaks through a shell, the tests' one keeps its
/// files in memory. Only the thread that owns it may call it.
class Host {
 public:
  virtual ~Host() = default;
  virtual const std::string& name() const = 0;
  virtual const Peer& peer() const = 0;
  /// `facts`, as expressions see them. One round trip.
  virtual Result<Value> facts(Deadline deadline) = 0;
  /// Everything at once: one round trip, whatever the number of queries. Writes nothing.
  /// @errors HF4001 … HF4009 of the transport; HF4110 an answer did not parse.
  virtual Result<Seen> observe(const std::vector<Query>& queries, Deadline deadline) = 0;
  /// Old texts of at most 1 MiB each. Only what anyone on the host may read, or what holdfast
  /// itself wrote, unless `show_private`.
  virtual Result<Fetched> fetch(const std::vector<TextQuery>& queries, bool show_private,
                                Deadline deadline) = 0;
  /// Marks this login with `word`. nullopt: there is no way to here.
  virtual Result<std::optional<Mark>> mark(const std::string& word, Deadline deadline) = 0;
  /// Whether a mark is on a process of this machine.
  virtual Result<bool> sees(const Mark& mark, Deadline deadline) = 0;
  /// What the run stands on here. @param under  Units that it is said to work for.
  virtual Result<Footing> footing(const ProcessId& own, const std::vector<std::string>& under,
                                  Deadline deadline) = 0;
};

}  // namespace holdfast
