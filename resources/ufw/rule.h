#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/step.h"
#include "engine/core/value.h"

namespace holdfast {

inline constexpr const char* kUfwActions[] = {"allow", "deny", "reject", "limit"};

/// A firewall rule as a manifest states it, in ufw's normal form: ports sorted, networks masked,
/// addresses in their shortest spelling.
struct UfwRule {
  std::string action;   ///< allow, deny, reject, limit.
  bool routed = false;  ///< For traffic that passes through the host.
  std::string direction = "in";
  std::string in, out;  ///< Interfaces.
  std::string log;      ///< "", "log", "log-all".
  std::string proto = "any";
  std::string from = "any", from_port = "any";
  std::string to = "any", to_port = "any";
  std::string app;  ///< A profile of /etc/ufw/applications.d in place of port and proto.

  bool ipv4() const;  ///< Whether it stands in the IPv4 list.
  bool ipv6() const;
  /// The words of `ufw …`, without a verb before the action and without a comment.
  Argv words() const;
  /// What the rule matches, without its action, as `ufw_tuple` writes it.
  std::string tuple(bool v6) const;
  /// "allow in 22/tcp from 10.0.0.0/8".
  std::string text() const;
};

/// Reads the attribute `action` of a `firewall_rule`. @errors HF7059, quoting what is wrong;
/// without a place.
Result<UfwRule> ufw_rule(const std::string& action, const ValueMap& fields);

/// A line of user.rules: "### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in comment=6162".
struct UfwTuple {
  std::string action;   ///< "allow", "limit_log-all".
  std::string matches;  ///< As UfwRule::tuple.
  std::string chain;    ///< "in", "out", "route".
  std::string comment;  ///< Decoded.
};
/// nullopt where it isn't one.
std::optional<UfwTuple> ufw_tuple(std::string_view line);

/// "10.1.2.3/8" becomes "10.0.0.0/8", "2001:DB8::0/128" "2001:db8::"; nullopt where it is no
/// address or network of that family.
std::optional<std::string> normal_ipv4(std::string_view text);
std::optional<std::string> normal_ipv6(std::string_view text);

}  // namespace holdfast
