#pragma once

#include "engine/transport/ssh_keys.h"

namespace holdfast {

/// What a login may use.
struct SshCredentials {
  SshKeys& keys;
  std::optional<Secret> password{};
  AskSecret ask_password{};
};

/// Logs in: the keys that are configured, by signature at once (no offer first); the agent's; the
/// default ones; locked ones, asking; then passwords.
/// @return the fingerprint of the key that did it, "" for a password.
/// @errors HF4003 naming everything that was tried, HF4004, HF4005 connection lost meanwhile.
Result<std::string> ssh_authenticate(SshSession& session, const SshOptions& options,
                                     const SshCredentials& credentials, Deadline deadline);

}  // namespace holdfast
