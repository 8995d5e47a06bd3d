#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast {

class HttpTransport;

/// A server that a resource lives on beside its host (GitHub, Grafana), and by what right it is
/// asked.
struct Server {
  std::string service;  ///< Who speaks with it: a Service's name.
  std::string address;  ///< "https://api.github.com", without a slash at its end.
  std::optional<Secret> credential{};
  std::string credential_name{};  ///< For people: "the token of github_runner r1".
  bool through_host = false;      ///< Reached over the host's connection, as the host sees it.
};

/// What a Service may use while it works, all of it the caller's.
struct Contact {
  /// A new way to the server; no two threads share one.
  std::function<std::unique_ptr<HttpTransport>()> transport;
  /// Asked at least once a second while something is waited for; false: it must end.
  std::function<bool()> go_on = [] { return true; };
  /// The same for what only waits until something is so.
  std::function<bool()> may_wait = [] { return true; };
};

/// Speaks with one kind of server, for all resources that live there. Only the controller does,
/// never a host. Has no state; several threads may call it at once. Questions and acts are texts of
/// its own making (JSON), and hold no secret.
class Service {
 public:
  virtual ~Service() = default;
  virtual std::string name() const = 0;
  /// Answers one question; null where the thing does not exist. Changes nothing.
  virtual Result<Value> ask(const Server& server, const std::string& question,
                            const Contact& contact) const = 0;
  /// Changes the server. An act that takes another one back does so only where the thing is what
  /// that one left, and is right whether or not it was carried out.
  /// @param secret  What the act needs beside its text.
  virtual Result<void> act(const Server& server, const std::string& act,
                           const std::optional<Secret>& secret, const Contact& contact) const = 0;
  /// Whether the server is as a check wants it. @return what was found, for people.
  /// @errors HF6006 it isn't; those of ask().
  virtual Result<std::string> check(const Server& server, const std::string& question,
                                    const Contact& contact) const;
  /// Something that is only good for a while, got just before it is used (a registration token).
  virtual Result<Secret> issue(const Server& server, const std::string& what,
                               const Contact& contact) const;
};

}  // namespace holdfast
