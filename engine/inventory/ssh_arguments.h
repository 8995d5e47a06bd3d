#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// What a line of arguments to ssh says about the way to a host.
struct SshArguments {
  std::optional<std::string> port{};
  std::optional<std::string> user{};
  std::optional<std::string> identity_file{};
  std::optional<std::string> proxy_jump{};
  std::vector<std::string> options{};  ///< "Name=Value", each name once.
};

/// Takes "-o Name=Value -J jump -p 2222 -i FILE -l USER" apart, by ssh's rule that the first value
/// counts: what `into` holds already stays. Options that only concern ssh's own sharing of
/// connections, its terminal or its log are dropped.
/// @errors HF1120 an argument that holdfast does not honour, or one that turns off the check of
/// host keys; HF1121 one that can't be read.
Result<void> take_ssh_arguments(std::string_view text, SshArguments& into);

}  // namespace holdfast
