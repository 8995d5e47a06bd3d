#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/error.h"

namespace holdfast {

/// The name of the service that asks a Prometheus server what it works with.
inline constexpr const char* kPrometheusService = "prometheus";

/// A group that a server must have loaded, with at least so many rules, none of which fails.
struct RuleGroupCheck {
  std::string group{};
  std::int64_t at_least = 1;
};

/// As a text of the service.
std::string rule_group_text(const RuleGroupCheck& check);
/// nullopt: it is no such text.
std::optional<RuleGroupCheck> read_rule_group(std::string_view text);

/// @param answer  Of /api/v1/rules. @return what was found, for people. @errors HF6006.
Result<std::string> judge_rule_group(const RuleGroupCheck& check, std::string_view answer);

}  // namespace holdfast
