#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/transport/child.h"
#include "engine/transport/descriptor.h"
#include "engine/transport/known_hosts.h"
#include "engine/transport/ssh_config.h"

// libssh's own header is seen by ssh_*.cc alone.
struct ssh_session_struct;
struct ssh_channel_struct;
struct ssh_key_struct;
struct ssh_counter_struct;

namespace holdfast {

struct FreeSshSession {
  void operator()(ssh_session_struct* session) const;
};
struct FreeSshChannel {
  void operator()(ssh_channel_struct* channel) const;
};
struct FreeSshKey {
  void operator()(ssh_key_struct* key) const;
};
using SshChannelHandle = std::unique_ptr<ssh_channel_struct, FreeSshChannel>;
using SshKeyHandle = std::unique_ptr<ssh_key_struct, FreeSshKey>;

/// Where the bytes of a session go: a socket, and what keeps its other end alive (a proxy's
/// process, a jump host's session).
struct SshStream {
  Descriptor socket;
  std::shared_ptr<void> keeper{};
};

/// One libssh session, never blocking but in wait(). One thread at a time.
class SshSession {
 public:
  /// Key exchange over a connected stream. @param known_types  Host key types to be negotiated
  /// first. @param retryable  Set where another try may pass (the server dropped us).
  /// @errors HF4001, HF4004, HF4006 algorithms that libssh does not know.
  static Result<std::unique_ptr<SshSession>> start(SshStream stream, const SshOptions& options,
                                                   const std::vector<std::string>& known_types,
                                                   Deadline deadline, bool& retryable);
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;
  ~SshSession();

  ssh_session_struct* raw() const { return session_.get(); }
  const HostKey& host_key() const { return host_key_; }
  int descriptor() const;
  /// What poll(2) must wait for.
  short poll_events() const;

  /// Bytes that libssh has taken in. Any call into libssh may take in what another one waits for
  /// (an answer of another channel, a window), so whoever looks first and waits then must hand in
  /// what this was before looking.
  std::uint64_t taken_in() const;
  /// Waits until the peer has sent something or takes something, at most until `deadline`; not at
  /// all where something came since `mark`.
  /// @errors HF4004, HF4005 a peer that answers no keep-alive.
  Result<void> wait(std::uint64_t mark, Deadline deadline);
  /// Calls `step` until it returns something else than `again`.
  template <class Step>
  Result<int> drive(int again, Deadline deadline, const Step& step) {
    while (true) {
      const std::uint64_t mark = taken_in();
      const int status = step();
      if (status != again) return status;
      HF_CHECK(wait(mark, deadline));
    }
  }
  /// Handles what has come, without waiting. False: the session is over. After the login only.
  bool pump();
  bool connected() const;
  /// Asks the peer for a sign of life if one is due. @errors HF4005 too many went unanswered.
  Result<void> keep_alive(bool heard);
  /// When keep_alive() has something to do.
  Deadline keep_alive_due() const { return keep_alive_due_; }

  /// libssh's last message, printable.
  std::string error_text() const;

 private:
  SshSession() = default;
  Result<void> configure(int socket, const SshOptions& options,
                         const std::vector<std::string>& known_types);
  Result<void> handshake(Deadline deadline, bool& retryable);
  Result<void> set_list(int option, const char* name, const std::string& value);

  std::shared_ptr<void> keeper_;  // Outlives the session that talks through it.
  std::shared_ptr<ssh_counter_struct> traffic_;
  std::unique_ptr<ssh_session_struct, FreeSshSession> session_;
  SshChannelHandle idle_;  ///< Never opened: polling it makes libssh read.
  HostKey host_key_;
  std::chrono::seconds alive_interval_{0};
  int alive_count_max_ = 0;
  int unanswered_ = 0;
  Deadline keep_alive_due_ = Deadline::max();
};

}  // namespace holdfast
