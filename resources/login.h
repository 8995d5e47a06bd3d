#pragma once

#include <optional>
#include <string>

#include "engine/core/kind.h"

namespace holdfast {

/// The login by which a run came, as its host sees it. What lets or doesn't let it in asks the
/// collector `login`.
struct Login {
  std::string client, server;  ///< Addresses in their shortest spelling.
  int port = 0;                ///< Of the server.
  std::string interface {};    ///< That has the server's address; "" : not asked, or not known.

  bool ipv6() const { return client.find(':') != std::string::npos; }
  bool local() const { return client == server || client == "::1" || client.starts_with("127."); }
  /// "10.0.0.1 to port 22".
  std::string text() const { return client + " to port " + std::to_string(port); }
};

extern const Query kLogin;
/// The same, with the interface; costs the host a process more.
extern const Query kLoginInterface;

/// nullopt where the run came by no login over the network, or nothing is known of it.
std::optional<Login> login_of(const Answers& answers, const Query& query);

}  // namespace holdfast
