#include "exporter/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace holdfast::exporter {
namespace {

constexpr int kBacklog = 128;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address parse_address(const std::string& text, std::uint16_t port) {
  Address out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    out.size = sizeof(sockaddr_in);
    return out;
  }
  out.storage = {};
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    out.size = sizeof(sockaddr_in6);
  }
  return out;
}

std::uint16_t port_of(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&bound)->sin_port
                                          : reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port);
}

/// @return 0, or errno.
int try_to_listen(const Address& address, Listening& out) {
  const int family = address.storage.ss_family;
  Descriptor made(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made) return errno;
  const int on = 1;
  const int off = 0;
  // A restart need not wait for the last connections to be forgotten.
  setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (family == AF_INET6) setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (bind(made.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    return errno;
  }
  if (listen(made.get(), kBacklog) != 0) return errno;
  out.port = port_of(made.get());
  out.socket = std::move(made);
  return 0;
}

}  // namespace

Listening listen_on(const std::string& address, std::uint16_t port) {
  Listening out;
  int problem = try_to_listen(parse_address(address.empty() ? "::" : address, port), out);
  // A host without IPv6.
  if (address.empty() && (problem == EAFNOSUPPORT || problem == EADDRNOTAVAIL)) {
    problem = try_to_listen(parse_address("0.0.0.0", port), out);
  }
  if (problem == 0) return out;
  const std::string where =
      "port " + std::to_string(port) + (address.empty() ? "" : " of " + address);
  out.error = problem == EADDRINUSE ? where + " is taken by another program"
                                    : "can't listen on " + where + ": " + std::strerror(problem);
  return out;
}

}  // namespace holdfast::exporter
