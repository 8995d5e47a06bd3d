#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// A host name or address, perhaps with ranges in it, and the port behind its colon.
struct HostAddress {
  std::string host;
  std::optional<std::int64_t> port{};
};

/// nullopt where the text is no host name, IPv4 or IPv6 address with an optional port; `[::1]:22`
/// is written with brackets.
/// @param ranges  Whether [1:3] and [a:c] may stand in the name.
std::optional<HostAddress> parse_host_address(std::string_view text, bool ranges);

struct HostNames {
  std::vector<std::string> names;
  std::optional<std::int64_t> port{};
};

/// Expands what an inventory calls a host: "web[01:10:2]-[a:c].example.com:2222". A text that is
/// no address is taken as a name as it stands, as Ansible does.
/// @errors HF1102 a range that can't be read, or more than 100,000 hosts.
Result<HostNames> expand_host_pattern(std::string_view text);

}  // namespace holdfast
