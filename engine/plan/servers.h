#pragma once

#include <vector>

#include "engine/api/servers.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// A server that knows no credential (of an orphan: its secret is in no manifest any more) gets
/// that of any resource on the same server. @param declarations  Of all hosts.
void lend_credential(Server& server, const std::vector<Declaration>& declarations,
                     const Registry& registry);

/// Why a resource's server did not answer; nullptr: it did, or has none.
const Error* fault_of(const Resource& resource, const ServerFaults& faults,
                      const Registry& registry);

/// Refuses what a server won't tell: it fails, or wants another credential. One that can't be
/// reached may come with what its resource `requires`: then that isn't known yet.
void refuse_unanswered(Plan& plan, const ServerFaults& faults, const Registry& registry);

}  // namespace holdfast
