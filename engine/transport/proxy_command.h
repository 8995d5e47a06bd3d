#pragma once

#include <optional>
#include <string>

#include "engine/transport/ssh_config.h"

namespace holdfast {

/// What a ProxyCommand that calls ssh leads over: `ssh -W %h:%p [user@]jump`, `ssh jump nc %h %p`
/// (ssh(1)).
struct ProxiedWay {
  JumpHop hop;
  std::optional<std::string> before{};  ///< Its own -J.
};

/// @return nothing for other programs, and for what only a shell could take apart.
std::optional<ProxiedWay> way_of_proxy_command(const std::string& command);

}  // namespace holdfast
