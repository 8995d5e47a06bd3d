#pragma once

#include <memory>

#include "engine/api/http.h"
#include "engine/transport/transport.h"

namespace holdfast {

/// Carries requests over a host's own connection, each through a channel of its own that ends where
/// the host itself would go: to its loopback, to a server that only it can reach. Speaks http://
/// (the connection is encrypted as far as the host). Only the thread that owns the connection may
/// use it, and only while it lasts.
std::unique_ptr<HttpTransport> tunnel_transport(Connection& connection, HttpSettings settings);

}  // namespace holdfast
