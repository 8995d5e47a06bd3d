#include "engine/transport/ssh_jump.h"

#include <libssh/libssh.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <future>
#include <list>
#include <thread>
#include <vector>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::size_t kPiece = std::size_t{32} << 10;

/// One stream through the session: a channel on one side, a socket on the other.
struct Stream {
  std::string host;
  int port = 0;
  Deadline deadline{};
  std::promise<Result<Descriptor>> opened{};
  SshChannelHandle channel{};
  Descriptor socket{};     ///< Empty until the channel is open.
  std::string inbound{};   ///< From the channel, not yet taken by the socket.
  std::string outbound{};  ///< From the socket, not yet taken by the channel.
  bool socket_ended = false;
  bool channel_ended = false;
  bool finished = false;
};

class JumpThread final : public JumpHost {
 public:
  explicit JumpThread(JumpLogin login)
      : known_by_(std::move(login.known_by)),
        session_(std::move(login.session)),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    thread_ = std::thread([this] { run(); });
  }
  JumpThread(const JumpThread&) = delete;
  JumpThread& operator=(const JumpThread&) = delete;
  ~JumpThread() override {
    stop_ = true;
    wake();
    thread_.join();
  }

  bool alive() const override { return alive_; }
  const std::vector<std::string>& known_by() const override { return known_by_; }

  Result<Descriptor> open(const std::string& host, int port, Deadline deadline) override {
    auto stream = std::make_unique<Stream>();
    stream->host = host;
    stream->port = port;
    stream->deadline = deadline;
    std::future<Result<Descriptor>> answer = stream->opened.get_future();
    {
      const std::lock_guard lock(mutex_);
      if (!alive_) return fail(Code::ConnectionLost, "the connection to the jump host broke");
      asked_.push_back(std::move(stream));
    }
    wake();
    return answer.get();
  }

 private:
  void wake() const {
    const std::uint64_t one = 1;
    // A full counter wakes as well.
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
  }

  void run() {
    while (!stop_ && session_->pump() && session_->keep_alive(false)) {
      const std::uint64_t mark = session_->taken_in();
      take_asked();
      for (Stream& stream : streams_) advance(stream);
      streams_.remove_if([](const Stream& stream) { return stream.finished; });
      // One stream's turn may have taken in what an earlier one waits for.
      if (session_->taken_in() == mark) wait();
    }
    {
      const std::lock_guard lock(mutex_);
      alive_ = false;
    }
    take_asked();
    for (Stream& stream : streams_) {
      if (!stream.socket) {
        stream.opened.set_value(
            fail(Code::ConnectionLost, "the connection to the jump host broke"));
      }
    }
    streams_.clear();
    session_.reset();
  }

  void take_asked() {
    std::vector<std::unique_ptr<Stream>> asked;
    {
      const std::lock_guard lock(mutex_);
      asked.swap(asked_);
    }
    for (std::unique_ptr<Stream>& stream : asked) streams_.push_back(std::move(*stream));
  }

  void advance(Stream& stream) {
    if (!stream.socket) {
      open_channel(stream);
      return;
    }
    to_socket(stream);
    to_channel(stream);
    stream.finished = stream.channel_ended && stream.inbound.empty();
  }

  void open_channel(Stream& stream) {
    if (!stream.channel) stream.channel.reset(ssh_channel_new(session_->raw()));
    const int status = ssh_channel_open_forward(stream.channel.get(), stream.host.c_str(),
                                                stream.port, "127.0.0.1", 0);
    if (status == SSH_AGAIN && Clock::now() < stream.deadline) return;
    stream.finished = status != SSH_OK;
    if (status == SSH_AGAIN) {
      stream.opened.set_value(
          fail(Code::DeadlinePassed, "the jump host did not reach " + shown(stream) + " in time"));
      return;
    }
    if (status != SSH_OK) {
      stream.opened.set_value(
          fail(Code::HostUnreachable,
               "the jump host can't reach " + shown(stream) + ": " + session_->error_text()));
      return;
    }
    auto ends = make_socket_pair();
    stream.finished = !ends;
    if (!ends) {
      stream.opened.set_value(tl::unexpected<Error>(ends.error()));
      return;
    }
    stream.socket = std::move(ends->first);
    set_nonblocking(stream.socket.get());
    stream.opened.set_value(std::move(ends->second));
  }

  static std::string shown(const Stream& stream) {
    return printable(stream.host) + ":" + std::to_string(stream.port);
  }

  /// Reads from the channel only what the socket has room for: the channel's window then holds the
  /// far side back.
  void to_socket(Stream& stream) const {
    while (true) {
      while (!stream.inbound.empty()) {
        const ssize_t sent =
            ::send(stream.socket.get(), stream.inbound.data(), stream.inbound.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
          stream.channel_ended = true;  // The host's session is gone: so is its stream.
          stream.inbound.clear();
        }
        if (sent <= 0) return;
        stream.inbound.erase(0, static_cast<std::size_t>(sent));
      }
      std::array<char, kPiece> buffer;
      const int got = ssh_channel_read_nonblocking(stream.channel.get(), buffer.data(), kPiece, 0);
      if (got == SSH_EOF || got == SSH_ERROR || ssh_channel_is_closed(stream.channel.get()) != 0) {
        stream.channel_ended = stream.channel_ended || got <= 0;
      }
      if (got <= 0) return;
      stream.inbound.assign(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  static void to_channel(Stream& stream) {
    while (true) {
      if (!stream.outbound.empty()) {
        const int written = ssh_channel_write(stream.channel.get(), stream.outbound.data(),
                                              static_cast<std::uint32_t>(stream.outbound.size()));
        if (written < 0) stream.channel_ended = true;
        if (written <= 0) return;
        stream.outbound.erase(0, static_cast<std::size_t>(written));
        continue;
      }
      if (stream.socket_ended) return;
      std::array<char, kPiece> buffer;
      const ssize_t got = ::read(stream.socket.get(), buffer.data(), kPiece);
      if (got == 0) {
        // The session on our side closed its socket as a whole: nobody reads any more.
        stream.socket_ended = true;
        stream.channel_ended = true;
        stream.inbound.clear();
      }
      if (got <= 0) return;
      stream.outbound.assign(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  void wait() {
    Deadline until = std::min(Clock::now() + std::chrono::seconds(1), session_->keep_alive_due());
    std::vector<pollfd> entries{{session_->descriptor(), session_->poll_events(), 0},
                                {wake_.get(), POLLIN, 0}};
    for (const Stream& stream : streams_) {
      if (!stream.socket) {
        until = std::min(until, stream.deadline);
        continue;
      }
      const bool reading = stream.outbound.empty() && !stream.socket_ended;
      const bool writing = !stream.inbound.empty();
      entries.push_back({stream.socket.get(),
                         static_cast<short>((reading ? POLLIN : 0) | (writing ? POLLOUT : 0)), 0});
    }
    ::poll(entries.data(), entries.size(), poll_milliseconds(until));
    if (entries[0].revents != 0) (void)session_->keep_alive(true);
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &count, sizeof count);
  }

  const std::vector<std::string> known_by_;
  std::unique_ptr<SshSession> session_;  // The thread's alone once it runs.
  Descriptor wake_;
  std::list<Stream> streams_;  // The thread's alone.
  std::mutex mutex_;
  std::vector<std::unique_ptr<Stream>> asked_;
  std::atomic<bool> alive_ = true;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace

std::shared_ptr<JumpHost> make_jump_host(JumpLogin login) {
  return std::make_shared<JumpThread>(std::move(login));
}

Result<std::shared_ptr<JumpHost>> JumpHosts::get(const std::string& key, const Login& login) {
  const Deadline asked = Clock::now();
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Slot>& found = slots_[key];
    if (!found) found = std::make_shared<Slot>();
    slot = found;
  }
  const std::lock_guard lock(slot->mutex);
  if (slot->host && slot->host->alive()) return slot->host;
  if (slot->error && slot->ended > asked) return tl::unexpected<Error>(*slot->error);
  slot->error.reset();
  auto made = login();
  slot->ended = Clock::now();
  if (!made) {
    slot->error = made.error();
    return tl::unexpected<Error>(made.error());
  }
  slot->host = make_jump_host(std::move(*made));
  return slot->host;
}

}  // namespace holdfast
