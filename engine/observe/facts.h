#pragma once

#include <string>
#include <string_view>

#include "engine/core/value.h"

namespace holdfast {

/// `facts` from what facts.sh printed: os.{id, version, codename, family, name}, arch, kernel,
/// hostname, fqdn, cpus, memory_mib, systemd (major version, 0 where there is none), distribution,
/// addresses (list of {interface, family, address}), default_ipv4 {address, interface}. Every value
/// is marked as reported by `host`.
Value parse_facts(std::string_view text, const std::string& host);

/// The same of a host that was not asked: each is unknown, and what isn't a fact isn't there.
Value unknown_facts(const std::string& host);

}  // namespace holdfast
