#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/transport/transport.h"

namespace holdfast {

/// How the shell becomes root.
struct Escalation {
  bool become = false;
  std::string user = "root";
  std::optional<Secret> password{};  ///< For sudo -S, on standard input only.
  AskSecret ask_password{};          ///< When sudo wants one and none is given.
  std::string program{};  ///< Run by sudo instead of a shell: one that speaks the same frames.
};

/// What a script answered: whole, or in pieces as it works.
struct Record {
  std::string tag;  ///< One word chosen by the script: "done", "step", "facts".
  int status = 0;
  std::string payload{};  ///< At most `cap` bytes; `truncated` says that there was more.
  bool truncated = false;
};

/// One long-lived POSIX sh on a host that takes scripts as length-prefixed frames on its standard
/// input and answers in length-prefixed records marked with a nonce that is new for each frame.
/// Works under any login shell, with banners, with sudo lectures. Scripts run in the same shell
/// process one after the other: functions and descriptors (a lock) stay. Within a script:
///   - `hf_record TAG STATUS TEXT` answers with a record (TEXT holds no NUL);
///   - standard input holds the frame's payload, exactly `payload` bytes long (a script that reads
///   less must read the rest away: `hf_drain`);
///   - standard output and error of what it calls must be directed somewhere; descriptor 1 is not
///   the wire.
class Shell {
 public:
  /// Starts it by one exec request. @errors HF4007 sudo refused or asked for a password, HF4008 no
  /// usable sh.
  static Result<std::unique_ptr<Shell>> start(Connection& connection, const Escalation& escalation,
                                              Deadline deadline);
  virtual ~Shell() = default;

  /// Another one over the same connection, with the same escalation, opened without waiting: what
  /// is sent to it goes out as it opens, and each receive brings that on. It asks nobody anything.
  virtual Result<std::unique_ptr<Shell>> beside() = 0;

  /// What is called at least once a second while a call of this shell waits; see receive().
  using Tick = std::function<Result<void>()>;

  /// Sends a frame without waiting for its answer, so that several can be under way. An error of
  /// `tick` can't end it: half a frame would end the shell.
  virtual Result<void> send(std::string_view script, std::string_view payload, Deadline deadline,
                            const Tick& tick = {}) = 0;
  /// Waits for the records of the oldest frame under way: calls `on_record` for each, until the one
  /// tagged "end", which the loop itself sends with the script's exit status, and returns that
  /// status. `tick` is called at least once a second meanwhile; an error from it ends the wait
  /// (HF4004: for now; the frame may be waited for again).
  /// @param cap  Bytes taken of one record. @errors HF4004, HF4005, HF4009 an answer that is not of
  /// this frame (a lying host).
  virtual Result<int> receive(const std::function<void(Record&&)>& on_record, std::size_t cap,
                              Deadline deadline, const Tick& tick = {}) = 0;

  /// send + receive, for the common case of one record. @return its payload and status; `status` of
  /// the script where it made none.
  Result<Record> ask(std::string_view script, std::string_view payload, Deadline deadline,
                     std::size_t cap = std::size_t{16} << 20);
  /// Its process on the host; "" before the host's first answer.
  virtual std::string process() const { return {}; }
  /// Round trips so far (a receive that had to wait for a send of its own), for the invariant of
  /// one.
  virtual int round_trips() const = 0;
};

}  // namespace holdfast
