#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "engine/core/step.h"

namespace holdfast {

/// Room for accounts other than root, on the file system that a path lies on.
struct DiskFree {
  std::string path{};
  std::int64_t bytes = 0;
  int percent = 0;  ///< Of the whole file system; counts where it isn't 0.
};

/// How long the certificates still hold that a TLS server shows.
struct TlsExpiry {
  std::string host = "127.0.0.1";
  int port = 443;
  std::string name{};  ///< Which of its sites is asked for; "" : `host`.
  std::chrono::seconds at_least{0};
};

/// How long a credential still holds: by a certificate or a field of a file of the host, or by a
/// date that the manifest states.
struct SecretExpiry {
  std::string path{};
  std::string field = "expires_at";
  std::string date{};
  std::chrono::seconds at_least{0};
};

using LastingQuestion = std::variant<DiskFree, TlsExpiry, SecretExpiry>;

/// A question about what runs out, as a step holds it: its url says for people what is asked.
Probe::Http lasting_probe(const LastingQuestion& question);
/// nullopt: another question.
std::optional<LastingQuestion> lasting_question(const Probe::Http& http);

}  // namespace holdfast
