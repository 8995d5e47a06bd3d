#pragma once

#include <chrono>
#include <map>
#include <optional>

#include "engine/core/step.h"
#include "engine/transport/shell.h"

namespace holdfast {

/// Asks a question as a check does, again and again within its Retry: http and tcp through a
/// forwarded channel of the host's connection (so the host needs no client), commands and units
/// through its shell, servers as `remote` does.
/// @param turn  Called at least once a second while it pauses; an error from it ends the asking.
/// @return what came back, on a line for people.
/// @errors HF6006 with what was asked and what came back the last time.
Result<std::string> ask_probe(const Probe& probe, Connection& connection, Shell& shell,
                              const AskRemote& remote, const Shell::Tick& turn);

/// How long to wait before asking again. Half of it is chance, so that many hosts don't ask one
/// service in step; the last time is at the very end. nullopt: no time is left.
std::optional<std::chrono::milliseconds> pause_before_next(std::chrono::milliseconds pause,
                                                           std::chrono::milliseconds left,
                                                           double chance);

/// A URL in its parts, as far as a check needs them. @errors HF6006 not http://.
struct HttpTarget {
  std::string host;
  int port = 80;
  std::string path;
};
Result<HttpTarget> http_target(const std::string& url);

/// Status and body of an HTTP/1.1 answer that has ended; chunked bodies are put together. nullopt:
/// it isn't one (yet).
struct HttpAnswer {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers{};  ///< By name in lower case.
};
std::optional<HttpAnswer> parse_http_answer(std::string_view bytes, bool ended);

}  // namespace holdfast
