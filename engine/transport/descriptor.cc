#include "engine/transport/descriptor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace holdfast {

void Descriptor::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

std::string system_error_text(int error) {
  return std::error_code(error, std::generic_category()).message();
}

Result<DescriptorPair> make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(Code::Internal, "no socket pair: " + system_error_text(errno),
                "raise the limit of open files (ulimit -n) or lower --parallel");
  }
  return DescriptorPair{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<DescriptorPair> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail(Code::Internal, "no pipe: " + system_error_text(errno),
                "raise the limit of open files (ulimit -n) or lower --parallel");
  }
  return DescriptorPair{Descriptor(ends[0]), Descriptor(ends[1])};
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

int poll_milliseconds(Deadline deadline) {
  constexpr long long kLongest = 3'600'000;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, kLongest));
}

bool wait_ready(int fd, short events, Deadline deadline) {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  while (true) {
    const int ready = ::poll(&entry, 1, poll_milliseconds(deadline));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // The next call on the descriptor tells why.
    if (Clock::now() >= deadline) return false;
  }
}

Result<void> write_all(int fd, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
      return fail(Code::ConnectionLost,
                  "the program takes no more input: " + system_error_text(errno));
    } else if (!wait_ready(fd, POLLOUT, deadline)) {
      return fail(Code::DeadlinePassed, "the program did not take its input in time");
    }
  }
  return {};
}

Result<std::size_t> read_some(int fd, char* buffer, std::size_t size, Deadline deadline) {
  while (true) {
    const ssize_t got = ::read(fd, buffer, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EAGAIN && errno != EINTR) {
      return fail(Code::ConnectionLost, "reading failed: " + system_error_text(errno));
    }
    if (!wait_ready(fd, POLLIN, deadline)) {
      return fail(Code::DeadlinePassed, "nothing came in time");
    }
  }
}

}  // namespace holdfast
