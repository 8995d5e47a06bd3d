#pragma once

#include <functional>
#include <map>
#include <vector>

#include "engine/api/api.h"
#include "engine/api/pending_call.h"
#include "engine/core/kind.h"

namespace holdfast {

/// The credential for a server that `wanted` names by service and address; nullopt: nothing that
/// this run knows has one.
using FindServer = std::function<std::optional<Server>(const PendingCall& wanted)>;

/// The ways to servers that whoever asks has at hand.
struct Reach {
  using Way = std::function<std::unique_ptr<HttpTransport>()>;
  Reach(Contact by = {}, Way over = {})  // NOLINT: the plain way is all that most need
      : contact(std::move(by)), tunnel(std::move(over)) {}
  Contact contact;
  Way tunnel;  ///< Over a host's connection, for servers that are reached through it.
  /// Whose acts they are (run_name()). An act, which is a JSON object, gets it as its member `run`:
  /// a service whose server keeps a history says so there, others pass over it.
  std::string run{};
};

/// Straight to a server, by libcurl, as long as `go_on`.
Contact plain_contact(const std::function<bool()>& go_on = [] { return true; });

/// Why questions were not answered.
using ServerFaults = std::map<Query, Error>;

/// Asks servers, each question once, and puts the answers beside the host's: unknown, with its
/// cause, where none was to be had. @return what went wrong.
ServerFaults ask_servers(const std::vector<ServerQuery>& queries, const Registry& registry,
                         const Reach& reach, Answers& into);

/// The same answers where nobody may be asked.
void leave_unasked(const std::vector<ServerQuery>& queries, const std::string& cause,
                   Answers& into);

/// What a check finds on a server. @errors as make_call(), and HF6006.
Result<std::string> ask_remote(const Probe::Remote& asked, const Registry& registry,
                               const Reach& reach);

/// @param unmade  Set where it failed and the server surely changed nothing: it was never asked to,
/// or refused.
/// @errors HF9001 … HF9007, and what the service says.
Result<void> make_call(const Call& call, const Registry& registry, const Reach& reach,
                       bool* unmade = nullptr);
Result<Secret> get_issued(const Issued& issued, const Registry& registry, const Reach& reach);
/// @errors HF9006 no credential; those of make_call().
Result<void> take_back_call(const PendingCall& call, const FindServer& find,
                            const Registry& registry, const Reach& reach);

/// What a client's error is to a user.
Error server_error(const ApiError& error);

}  // namespace holdfast
