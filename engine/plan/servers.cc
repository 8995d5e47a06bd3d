#include "engine/plan/servers.h"

namespace holdfast {
namespace {

std::vector<ServerQuery> asked_by(const Declaration& declaration, const Registry& registry) {
  const Kind* kind = registry.kind(declaration.resource.kind);
  return kind == nullptr ? std::vector<ServerQuery>{} : kind->server_queries(declaration.resource);
}

}  // namespace

std::vector<ServerQuery> server_queries_of(const std::vector<Declaration>& declarations,
                                           std::string_view host, const Registry& registry) {
  std::vector<ServerQuery> out;
  for (const Declaration& declaration : declarations) {
    if (declaration.host != host) continue;
    for (ServerQuery& query : asked_by(declaration, registry)) {
      lend_credential(query.server, declarations, registry);
      out.push_back(std::move(query));
    }
  }
  return out;
}

void lend_credential(Server& server, const std::vector<Declaration>& declarations,
                     const Registry& registry) {
  if (server.credential) return;
  for (const Declaration& declaration : declarations) {
    for (const ServerQuery& query : asked_by(declaration, registry)) {
      const bool same =
          query.server.service == server.service && query.server.address == server.address;
      if (!same || !query.server.credential) continue;
      server.credential = query.server.credential;
      return;
    }
  }
}

}  // namespace holdfast
