#pragma once

#include <string>

#include "engine/core/step.h"

namespace holdfast {

/// What takes a change of a server back, as it lies on a host until it is needed: data, without a
/// secret.
struct PendingCall {
  std::string service, address;
  bool through_host = false;
  std::string act;         ///< In the service's own words.
  std::string note;        ///< For people.
  std::string credential;  ///< What is needed, for people: "the token of github_runner r1".
  std::string host{};      ///< Where it lies; in no text.

  /// The server, without its credential.
  Server server() const;
};

/// Of a call that can be taken back, on one line.
std::string pending_call_text(const Call& call);
/// @errors HF6101 it is no such text.
Result<PendingCall> parse_pending_call(const std::string& text);

}  // namespace holdfast
