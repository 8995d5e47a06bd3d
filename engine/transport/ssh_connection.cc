#include "engine/transport/ssh_connection.h"

#include <libssh/libssh.h>

#include <array>
#include <optional>
#include <utility>

#include "engine/core/text.h"
#include "engine/transport/tail.h"

namespace holdfast {
namespace {

Error lost(const SshSession& session, const std::string& what) {
  const std::string why = session.error_text();
  return {.code = Code::ConnectionLost, .message = what + (why.empty() ? "" : ": " + why)};
}

class SshChannel final : public Channel {
 public:
  SshChannel(std::shared_ptr<SshSession> session, SshChannelHandle channel)
      : session_(std::move(session)), channel_(std::move(channel)) {}

  /// What is to be started once the host has opened the channel.
  void start_later(std::string command) { command_ = std::move(command); }

  /// One step of the opening, without waiting. True: it is open and the program is asked for. The
  /// answer to that is awaited with the first read: what is written before travels along, which
  /// saves a round trip.
  Result<bool> advance() {
    if (!command_) return true;
    const int status = ssh_channel_open_session(channel_.get());
    if (status == SSH_AGAIN) return false;
    if (status != SSH_OK) {
      return tl::unexpected<Error>(lost(*session_, "the host's sshd opens no session"));
    }
    if (ssh_channel_request_exec(channel_.get(), command_->c_str()) == SSH_ERROR) {
      return tl::unexpected<Error>(lost(*session_, "the host's sshd starts no program"));
    }
    command_.reset();
    return true;
  }

  Result<void> open(Deadline deadline) {
    while (true) {
      const std::uint64_t mark = session_->taken_in();
      HF_TRY(const bool open, advance());
      if (open) break;
      HF_CHECK(session_->wait(mark, deadline));
    }
    if (early_.empty()) return {};
    // A new window takes it at once; half of it would be worse than a moment's wait.
    return write(std::exchange(early_, {}), std::max(deadline, Clock::now() + kFlush));
  }

  Result<void> write(std::string_view bytes, Deadline deadline) override {
    HF_TRY(const bool open, advance());
    if (!open || !early_.empty()) {
      early_.append(bytes);
      return {};
    }
    // The channel's window bounds what libssh buffers; one call must stay below its own limits.
    constexpr std::size_t kMost = std::size_t{256} << 10;
    while (!bytes.empty()) {
      const std::uint64_t mark = session_->taken_in();
      drain_error();
      const int written = ssh_channel_write(
          channel_.get(), bytes.data(), static_cast<std::uint32_t>(std::min(bytes.size(), kMost)));
      if (written < 0) {
        return tl::unexpected<Error>(
            lost(*session_, "the program on the host takes no more input"));
      }
      bytes.remove_prefix(static_cast<std::size_t>(written));
      if (written != 0) continue;
      take_ahead();
      HF_CHECK(wait(mark, deadline, "the host did not take its input in time"));
    }
    return flush(deadline);
  }

  Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) override {
    if (const std::size_t got = ahead_.take(buffer, size); got > 0) return got;
    if (command_ || !early_.empty()) HF_CHECK(open(deadline));
    while (true) {
      const std::uint64_t mark = session_->taken_in();
      const int got =
          ssh_channel_read_nonblocking(channel_.get(), buffer, static_cast<std::uint32_t>(size), 0);
      drain_error();
      if (got > 0) return static_cast<std::size_t>(got);
      if (got == SSH_EOF || ssh_channel_is_eof(channel_.get()) != 0) return std::size_t{0};
      if (got < 0 || ssh_channel_is_closed(channel_.get()) != 0) {
        return tl::unexpected<Error>(lost(*session_, "the connection broke"));
      }
      HF_CHECK(wait(mark, deadline, "nothing came in time"));
    }
  }

  std::string error_tail() const override {
    drain_error();
    return tail_.text();
  }
  void close_input() override { ssh_channel_send_eof(channel_.get()); }

 private:
  Result<void> wait(std::uint64_t mark, Deadline deadline, const char* late) {
    auto waited = session_->wait(mark, deadline);
    if (!waited && waited.error().code == Code::DeadlinePassed) {
      return fail(Code::DeadlinePassed, late);
    }
    return waited;
  }

  /// What has been written must leave the process before its owner goes on to something else.
  Result<void> flush(Deadline deadline) {
    while (true) {
      const std::uint64_t mark = session_->taken_in();
      const int status = ssh_blocking_flush(session_->raw(), 0);
      if (status == SSH_OK) return {};
      if (status != SSH_AGAIN) {
        return tl::unexpected<Error>(lost(*session_, "the connection broke"));
      }
      HF_CHECK(wait(mark, deadline, "the host did not take its input in time"));
    }
  }

  /// A program that must get rid of its output before it takes more input would wait for us as we
  /// for it.
  void take_ahead() {
    std::array<char, 16384> buffer;
    while (ahead_.has_room()) {
      const int got = ssh_channel_read_nonblocking(channel_.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) return;
      ahead_.append({buffer.data(), static_cast<std::size_t>(got)});
    }
  }

  void drain_error() const {
    constexpr int kMostReads = 16;  // A flood must not keep us from our own work.
    std::array<char, 4096> buffer;
    for (int turn = 0; turn < kMostReads; ++turn) {
      const int got = ssh_channel_read_nonblocking(channel_.get(), buffer.data(), buffer.size(), 1);
      if (got <= 0) return;
      tail_.append({buffer.data(), static_cast<std::size_t>(got)});
    }
  }

  std::shared_ptr<SshSession> session_;  // Outlives its channel.
  SshChannelHandle channel_;
  std::optional<std::string> command_{};  ///< Not asked for yet.
  std::string early_{};                   ///< Written before the channel was open.
  ReadAhead ahead_;
  mutable Tail tail_;
};

class SshConnection final : public Connection {
 public:
  SshConnection(std::unique_ptr<SshSession> session, Peer peer)
      : session_(std::move(session)), peer_(std::move(peer)) {}
  const Peer& peer() const override { return peer_; }

  Result<std::unique_ptr<Channel>> execute(const std::string& command, Deadline deadline) override {
    auto out = begin(command);
    HF_CHECK(out->open(deadline));
    return std::unique_ptr<Channel>(std::move(out));
  }

  Result<std::unique_ptr<Channel>> execute_later(const std::string& command) override {
    auto out = begin(command);
    HF_TRY([[maybe_unused]] const bool open, out->advance());  // the request goes out now
    return std::unique_ptr<Channel>(std::move(out));
  }

  Result<std::unique_ptr<Channel>> tunnel(const std::string& host, int port,
                                          Deadline deadline) override {
    HF_TRY(SshChannelHandle channel, open_tunnel(*session_, host, port, deadline));
    return std::unique_ptr<Channel>(std::make_unique<SshChannel>(session_, std::move(channel)));
  }

 private:
  std::unique_ptr<SshChannel> begin(const std::string& command) {
    auto out =
        std::make_unique<SshChannel>(session_, SshChannelHandle(ssh_channel_new(session_->raw())));
    out->start_later(command);
    return out;
  }

  std::shared_ptr<SshSession> session_;
  Peer peer_;
};

}  // namespace

std::unique_ptr<Connection> make_ssh_connection(std::unique_ptr<SshSession> session, Peer peer) {
  return std::make_unique<SshConnection>(std::move(session), std::move(peer));
}

Result<SshChannelHandle> open_tunnel(SshSession& session, const std::string& host, int port,
                                     Deadline deadline) {
  SshChannelHandle channel(ssh_channel_new(session.raw()));
  HF_TRY(const int status, session.drive(SSH_AGAIN, deadline, [&] {
    return ssh_channel_open_forward(channel.get(), host.c_str(), port, "127.0.0.1", 0);
  }));
  if (status != SSH_OK) {
    return fail(Code::HostUnreachable, tunnel_refusal(host, port, session.error_text()));
  }
  return channel;
}

std::string tunnel_refusal(const std::string& host, int port, std::string_view said) {
  const std::string target = printable(host) + ":" + std::to_string(port);
  constexpr std::string_view kBefore = "Channel opening failure: channel ";
  constexpr std::string_view kProhibited = "1";  // RFC 4254, 5.1.
  std::string reason(said);
  if (starts_with(said, kBefore)) {
    const auto open = said.find('(');
    const auto close = said.find(") ", open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
      reason = "its sshd says no";
    } else if (said.substr(open + 1, close - open - 1) == kProhibited) {
      return "the host's sshd lets nothing through to " + target +
             " (AllowTcpForwarding, PermitOpen)";
    } else {
      reason = said.substr(close + 2);
    }
  }
  if (reason != "Connection refused") {
    return "the host can't reach " + target + ": " + printable(reason);
  }
  const bool loopback = starts_with(host, "127.") || host == "localhost" || host == "::1";
  return loopback ? "nothing listens on " + target + " of the host"
                  : target + " refuses the host's connection";
}

}  // namespace holdfast
