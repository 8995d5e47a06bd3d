#pragma once

#include <optional>

#include "engine/core/kind.h"
#include "resources/login.h"
#include "resources/ufw/rule.h"

namespace holdfast {

extern const Query kUfwStore;

/// The rule that a `firewall_rule` states; nullopt while a value of it isn't known, or wrong.
std::optional<UfwRule> stated_rule(const Resource& resource);

/// Whether ufw lets a login in once everything that is stated for the host is done: its rules as
/// they are stored, those stated, and the policy. nullopt: nothing of that says anything, as the
/// firewall is off or the run came by no login.
std::optional<WayIn> ufw_way_in(const Surroundings& surroundings);
/// Whether a rule may speak of this login at all.
bool may_concern(const UfwRule& rule, const Login& login);

}  // namespace holdfast
