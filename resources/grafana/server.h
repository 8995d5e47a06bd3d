#pragma once

#include <vector>

#include "engine/core/kind.h"
#include "engine/wiring/ends.h"
#include "resources/grafana/act.h"

namespace holdfast {

/// What the kinds share that live on a Grafana server.

/// `server`, `token`, `user`, `password`, `through`.
std::vector<Attribute> with_grafana_server(std::vector<Attribute> own);

/// What is wrong with what is stated of a server; a credential may be missing.
struct GrafanaServerFlaw {
  const char* attribute = "";
  std::string what{};
  std::string hint{};
};
std::vector<GrafanaServerFlaw> grafana_server_flaws(const ValueMap& stated_server);
/// @param owner  "grafana_dashboard one", for people.
Server grafana_server(const ValueMap& stated_server, const std::string& owner);

/// @param code  Of the kind's own errors.
std::vector<Error> check_grafana_server(const Resource& resource, Code code);
Server grafana_server(const Resource& resource);
ServerQuery grafana_query(const Resource& resource, GrafanaObject object, const std::string& uid);

/// Of what is wanted and of what is there: where it lives, which is no difference.
void add_grafana_server(const Resource& resource, State& state);
/// On the host's own loopback: after what starts Grafana there.
void add_grafana_links(const Resource& resource, Links& links);

/// Of what hosts want of one object of one server, nothing may differ: each apply would undo
/// another's. @param wanted  As the kind has it. @param code  Of the kind's own errors.
void add_grafana_sole(const Resource& resource, GrafanaObject object, const std::string& uid,
                      const State& wanted, Code code, Ends& ends);

/// The step from what is there to what is wanted.
/// @param secrets  A JSON map that travels beside it.
PhasedStep grafana_step(const Resource& resource, const GrafanaAct& act,
                        std::optional<Secret> secrets = std::nullopt);

}  // namespace holdfast
