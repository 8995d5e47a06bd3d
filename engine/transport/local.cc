#include "engine/transport/local.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "engine/core/text.h"
#include "engine/transport/child.h"
#include "engine/transport/tail.h"
#include "engine/transport/tcp.h"

namespace holdfast {
namespace {

/// A program on this machine. Its standard error is read whenever anything else is done, so that it
/// never blocks on it.
class LocalChannel final : public Channel {
 public:
  LocalChannel(Descriptor input, Descriptor output, Descriptor error, Child child)
      : child_(std::move(child)),
        input_(std::move(input)),
        output_(std::move(output)),
        error_(std::move(error)) {}

  Result<void> write(std::string_view bytes, Deadline deadline) override {
    while (!bytes.empty()) {
      drain_error();
      const ssize_t written = ::write(input_.get(), bytes.data(), bytes.size());
      if (written > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
        return fail(Code::ConnectionLost,
                    "the program takes no more input: " + system_error_text(errno));
      } else if (!wait_turn(input_.get(), POLLOUT, deadline)) {
        return fail(Code::DeadlinePassed, "the program did not take its input in time");
      }
      if (!bytes.empty()) take_ahead();
    }
    return {};
  }

  Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) override {
    if (const std::size_t got = ahead_.take(buffer, size); got > 0) return got;
    while (true) {
      const ssize_t got = ::read(output_.get(), buffer, size);
      drain_error();
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EAGAIN && errno != EINTR) {
        return fail(Code::ConnectionLost, "reading failed: " + system_error_text(errno));
      }
      if (!wait_turn(output_.get(), POLLIN, deadline)) {
        return fail(Code::DeadlinePassed, "nothing came in time");
      }
    }
  }

  std::string error_tail() const override {
    drain_error();
    return tail_.text();
  }
  void close_input() override { input_.reset(); }

 private:
  void drain_error() const {
    constexpr int kMostReads = 16;  // A flood must not keep us from our own work.
    std::array<char, 4096> buffer;
    const int saved = errno;
    for (int turn = 0; error_ && turn < kMostReads; ++turn) {
      const ssize_t got = ::read(error_.get(), buffer.data(), buffer.size());
      if (got > 0) {
        tail_.append({buffer.data(), static_cast<std::size_t>(got)});
      } else {
        if (got == 0) error_.reset();
        break;
      }
    }
    errno = saved;
  }

  /// A program that must get rid of its output before it takes more input would wait for us as we
  /// for it.
  void take_ahead() {
    std::array<char, 16384> buffer;
    while (ahead_.has_room()) {
      const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
      output_ended_ = output_ended_ || got == 0;
      if (got <= 0) return;
      ahead_.append({buffer.data(), static_cast<std::size_t>(got)});
    }
  }

  /// Ready, or worth another try; false once the deadline has passed.
  bool wait_turn(int fd, short events, Deadline deadline) {
    const short output = events == POLLOUT && ahead_.has_room() ? POLLIN : 0;
    const int beside = output_ended_ ? -1 : output_.get();
    std::array<pollfd, 3> entries{
        {{fd, events, 0}, {error_.get(), POLLIN, 0}, {beside, output, 0}}};
    ::poll(entries.data(), entries.size(), poll_milliseconds(deadline));
    drain_error();
    return (entries[0].revents != 0) || Clock::now() < deadline;
  }

  Child child_;  // First, so that it is waited for after its pipes have closed.
  Descriptor input_;
  Descriptor output_;
  mutable Descriptor error_;
  ReadAhead ahead_;
  bool output_ended_ = false;
  mutable Tail tail_;
};

/// A socket as a channel.
class SocketChannel final : public Channel {
 public:
  explicit SocketChannel(Descriptor socket) : socket_(std::move(socket)) {}
  Result<void> write(std::string_view bytes, Deadline deadline) override {
    return write_all(socket_.get(), bytes, deadline);
  }
  Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) override {
    return read_some(socket_.get(), buffer, size, deadline);
  }
  std::string error_tail() const override { return {}; }
  void close_input() override { ::shutdown(socket_.get(), SHUT_WR); }

 private:
  Descriptor socket_;
};

std::string own_name() {
  if (::geteuid() == 0) return "root";
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(::geteuid());
}

class LocalConnection final : public Connection {
 public:
  LocalConnection() : peer_{"local", own_name(), "", "", "", {}} {}
  const Peer& peer() const override { return peer_; }

  Result<std::unique_ptr<Channel>> execute(const std::string& command, Deadline) override {
    HF_TRY(DescriptorPair input, make_pipe());
    HF_TRY(DescriptorPair output, make_pipe());
    HF_TRY(DescriptorPair error, make_pipe());
    HF_TRY(Child child, Child::start({"/bin/sh", "-c", command},
                                     {input.first.get(), output.second.get(), error.second.get()}));
    for (const int fd : {input.second.get(), output.first.get(), error.first.get()}) {
      set_nonblocking(fd);
    }
    return std::unique_ptr<Channel>(new LocalChannel(std::move(input.second),
                                                     std::move(output.first),
                                                     std::move(error.first), std::move(child)));
  }

  Result<std::unique_ptr<Channel>> execute_later(const std::string& command) override {
    return execute(command, {});  // starting a program is no wait
  }

  Result<std::unique_ptr<Channel>> tunnel(const std::string& host, int port,
                                          Deadline deadline) override {
    bool retryable = false;
    auto socket = connect_tcp({.host = host, .port = port}, deadline, retryable);
    if (socket) return std::unique_ptr<Channel>(new SocketChannel(std::move(*socket)));
    socket.error().hint.clear();  // It is about sshd.
    return fail(std::move(socket.error()));
  }

 private:
  Peer peer_;
};

}  // namespace

std::unique_ptr<Connection> make_local_connection() {
  ignore_broken_pipes();
  return std::make_unique<LocalConnection>();
}

}  // namespace holdfast
