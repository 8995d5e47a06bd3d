#pragma once

#include "engine/core/probe.h"
#include "engine/transport/transport.h"

namespace holdfast {

/// Greets a TLS server over a channel as far as its certificates, and says when the first of them
/// expires. Nobody's identity is judged by it: that is for whoever uses the server.
/// @errors HF6006 too soon; no TLS server; no libssl on this machine.
Result<std::string> ask_tls(const Probe::TlsExpiry& tls, Channel& channel, Deadline deadline);

}  // namespace holdfast
