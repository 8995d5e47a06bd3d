#pragma once

#include <string>
#include <vector>

#include "engine/plan/plan.h"

namespace holdfast {

/// A token as people say it: "path:/srv/a", "path /srv/a".
std::string spoken(std::string token);

/// Refuses what is to be made and can't be: it needs something that its host has not and that no
/// resource there makes. Where the plan also runs what nobody can see through (a program, a
/// package), that may make it, and nothing is refused. HF5014.
void refuse_missing(Plan& plan, const std::vector<HostInput>& inputs, const Registry& registry);

}  // namespace holdfast
