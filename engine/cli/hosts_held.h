#pragma once

#include <set>
#include <string>

#include "engine/cli/session.h"

namespace holdfast {

/// Those of these hosts on which this environment still has something, as far as the history knows:
/// the newest look at one found resources or orphans. A run of named manifests goes by looks at the
/// same. Empty where there is no history, or none that can be read.
std::set<std::string> hosts_held(const Session& session, const std::set<std::string>& hosts);

}  // namespace holdfast
