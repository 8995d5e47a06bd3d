#include "engine/transport/tcp.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <memory>
#include <thread>

#include "engine/core/text.h"

namespace holdfast {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

/// What getaddrinfo said.
struct Resolved {
  int status = 0;
  Addresses addresses;
};

int family_number(AddressFamily family) {
  if (family == AddressFamily::Inet) return AF_INET;
  return family == AddressFamily::Inet6 ? AF_INET6 : AF_UNSPEC;
}

Resolved resolve(const std::string& host, int port, int family, int flags) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  return {status, Addresses(list)};
}

/// The resolver has no deadline of its own: a thread may outlive ours, and then throws its answer
/// away.
std::optional<Resolved> resolve_until(const std::string& host, int port, int family,
                                      Deadline deadline) {
  Resolved number = resolve(host, port, family, AI_NUMERICHOST);
  if (number.status == 0) return number;
  std::promise<Resolved> promise;
  std::future<Resolved> answer = promise.get_future();
  std::thread([host, port, family, promise = std::move(promise)]() mutable {
    promise.set_value(resolve(host, port, family, AI_ADDRCONFIG));
  }).detach();
  if (answer.wait_until(deadline) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

void set_option(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

void tune(int fd) {
  constexpr int kDeadAfterMilliseconds = 30'000;
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kDeadAfterMilliseconds);
}

/// 0 or an errno.
int bind_to(int fd, const std::string& address, int family) {
  const Resolved own = resolve(address, 0, family, AI_PASSIVE);
  if (own.status != 0) return EADDRNOTAVAIL;
  if (::bind(fd, own.addresses->ai_addr, own.addresses->ai_addrlen) != 0) return errno;
  return 0;
}

/// 0 or an errno; `fd` is connected then, or on its way.
int begin_one(const addrinfo& address, const TcpTarget& target, Descriptor& fd) {
  fd.reset(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  if (!target.bind_address.empty()) {
    if (const int error = bind_to(fd.get(), target.bind_address, address.ai_family)) return error;
  }
  tune(fd.get());
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  return errno == EINPROGRESS ? 0 : errno;
}

/// 0 or an errno; `fd` is connected then.
int finish_one(const Descriptor& fd, Deadline deadline) {
  if (!wait_ready(fd.get(), POLLOUT, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

bool may_pass_later(int error) {
  constexpr int kPassing[] = {ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH,
                              ENETUNREACH,  ENETDOWN,   EAGAIN,    EADDRNOTAVAIL};
  return std::find(std::begin(kPassing), std::end(kPassing), error) != std::end(kPassing);
}

}  // namespace

Descriptor begin_tcp(const TcpTarget& target) {
  const Resolved number =
      resolve(target.host, target.port, family_number(target.family), AI_NUMERICHOST);
  Descriptor fd;
  if (number.status != 0 || begin_one(*number.addresses, target, fd) != 0) return Descriptor();
  return fd;
}

Result<Descriptor> connect_tcp(const TcpTarget& target, Deadline deadline, bool& retryable,
                               Descriptor begun) {
  if (begun && finish_one(begun, deadline) == 0) return begun;
  const std::string shown = printable(target.host) + ":" + std::to_string(target.port);
  retryable = false;
  const std::optional<Resolved> found =
      resolve_until(target.host, target.port, family_number(target.family), deadline);
  if (!found || found->status == EAI_AGAIN) {
    retryable = true;
    return fail(Code::HostUnreachable,
                "the name '" + printable(target.host) + "' did not resolve in time");
  }
  if (found->status != 0) {
    return fail(Code::HostUnreachable,
                "the name '" + printable(target.host) +
                    "' does not resolve: " + ::gai_strerror(found->status),
                "set the address in the inventory, or HostName in ~/.ssh/config");
  }
  int error = 0;
  for (const addrinfo* address = found->addresses.get(); address != nullptr;
       address = address->ai_next) {
    Descriptor fd;
    // Where there are several addresses, one that swallows packets must leave time for the next.
    const auto left = deadline - Clock::now();
    const Deadline turn = address->ai_next != nullptr ? Clock::now() + left / 2 : deadline;
    error = begin_one(*address, target, fd);
    if (error == 0) error = finish_one(fd, turn);
    if (error == 0) return fd;
  }
  retryable = may_pass_later(error);
  if (error == ETIMEDOUT) {
    return fail(Code::HostUnreachable, "no answer from " + shown + " in time",
                "is the host up, and does a firewall drop the packets?");
  }
  return fail(
      Code::HostUnreachable, "can't connect to " + shown + ": " + system_error_text(error),
      error == ECONNREFUSED ? "nothing listens there: is sshd running, and is it this port?" : "");
}

}  // namespace holdfast
