#pragma once

#include <string_view>
#include <vector>

#include "engine/api/servers.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// A server that knows no credential (of an orphan: its secret is in no manifest any more) gets
/// that of a resource on the same server: of the one by whose name it is wanted, else of one of the
/// same host, else of any. What is reached through a host is a server of that host alone.
/// @param host  Of what needs it. @param declarations  Of all hosts.
void lend_credential(Server& server, std::string_view host,
                     const std::vector<Declaration>& declarations, const Registry& registry);

/// What these declarations must ask servers besides, by what their host has answered.
std::vector<ServerQuery> further_queries_of(const std::vector<Declaration>& declarations,
                                            std::string_view host, const Registry& registry,
                                            const Answers& answers);

/// Both, one after the other. @param answers  The host's; theirs are added.
ServerFaults ask_servers_of(const std::vector<Declaration>& declarations, std::string_view host,
                            const Registry& registry, const Reach& reach, Answers& answers);

/// Why a resource's server did not answer; nullptr: it did, or has none.
const Error* fault_of(const Resource& resource, const ServerFaults& faults,
                      const Registry& registry);

/// Refuses what a server won't tell: it fails, or wants another credential. One that can't be
/// reached may come with what its resource `requires`: then that isn't known yet.
void refuse_unanswered(Plan& plan, const ServerFaults& faults, const Registry& registry);

}  // namespace holdfast
