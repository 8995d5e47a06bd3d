#pragma once

#include "engine/transport/ssh_session.h"
#include "engine/transport/transport.h"

namespace holdfast {

/// A logged-in session as a connection.
std::unique_ptr<Connection> make_ssh_connection(std::unique_ptr<SshSession> session, Peer peer);

/// Opens a direct-tcpip channel (RFC 4254 7.2). @errors HF4001 the host's sshd can't or won't reach
/// it, HF4004, HF4005.
Result<SshChannelHandle> open_tunnel(SshSession& session, const std::string& host, int port,
                                     Deadline deadline);

/// Why the host opened no tunnel to `host`:`port`, for people. @param said  libssh's own words.
std::string tunnel_refusal(const std::string& host, int port, std::string_view said);

}  // namespace holdfast
