#pragma once

#include <vector>

#include "engine/plan/plan.h"

namespace holdfast {

/// A server that knows no credential (of an orphan: its secret is in no manifest any more) gets
/// that of any resource on the same server. @param declarations  Of all hosts.
void lend_credential(Server& server, const std::vector<Declaration>& declarations,
                     const Registry& registry);

}  // namespace holdfast
