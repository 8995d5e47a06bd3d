#pragma once

#include "engine/transport/transport.h"

namespace holdfast {

/// This machine itself: programs are started by /bin/sh -c, tunnels are plain sockets.
std::unique_ptr<Connection> make_local_connection();

}  // namespace holdfast
