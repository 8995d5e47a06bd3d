#include "engine/plan/servers.h"

#include <algorithm>
#include <set>

#include "engine/core/text.h"

namespace holdfast {
namespace {

std::vector<ServerQuery> asked_by(const Declaration& declaration, const Registry& registry) {
  const Kind* kind = registry.kind(declaration.resource.kind);
  return kind == nullptr ? std::vector<ServerQuery>{} : kind->server_queries(declaration.resource);
}

/// What comes with a row by somebody's word (`requires`, `before`), not only because it must exist
/// first: an account that a runner works as brings no server up.
class Prerequisites {
 public:
  explicit Prerequisites(const Graph& graph) : graph_(graph) {
    for (const Edge& edge : graph.edges()) {
      if (edge.reason == "requires" || edge.reason == "before") said_.insert({edge.from, edge.to});
    }
  }

  std::set<std::size_t> of(std::size_t row) const {
    std::set<std::size_t> out;
    std::set<std::pair<std::size_t, bool>> seen{{row, false}};
    std::vector<std::pair<std::size_t, bool>> open{{row, false}};
    while (!open.empty()) {
      const auto [next, by_word] = open.back();
      open.pop_back();
      for (const std::size_t before : graph_.before(next)) {
        const bool said = by_word || said_.count({before, next}) > 0;
        if (said) out.insert(before);
        if (seen.insert({before, said}).second) open.emplace_back(before, said);
      }
    }
    return out;
  }

 private:
  const Graph& graph_;
  std::set<std::pair<std::size_t, std::size_t>> said_;
};

}  // namespace

std::vector<ServerQuery> server_queries_of(const std::vector<Declaration>& declarations,
                                           std::string_view host, const Registry& registry) {
  std::vector<ServerQuery> out;
  for (const Declaration& declaration : declarations) {
    if (declaration.host != host) continue;
    for (ServerQuery& query : asked_by(declaration, registry)) {
      lend_credential(query.server, host, declarations, registry);
      out.push_back(std::move(query));
    }
  }
  return out;
}

std::vector<ServerQuery> further_queries_of(const std::vector<Declaration>& declarations,
                                            std::string_view host, const Registry& registry,
                                            const Answers& answers) {
  std::vector<ServerQuery> out;
  for (const Declaration& declaration : declarations) {
    const Kind* kind = registry.kind(declaration.resource.kind);
    if (declaration.host != host || kind == nullptr) continue;
    std::vector<ServerQuery> further = kind->further_queries(declaration.resource, answers);
    if (further.empty()) continue;
    const std::vector<ServerQuery> first = kind->server_queries(declaration.resource);
    for (ServerQuery& query : further) {
      if (!first.empty()) query.after = first.front().key();
      lend_credential(query.server, host, declarations, registry);
      out.push_back(std::move(query));
    }
  }
  return out;
}

ServerFaults ask_servers_of(const std::vector<Declaration>& declarations, std::string_view host,
                            const Registry& registry, const Reach& reach, Answers& answers) {
  const auto queries = server_queries_of(declarations, host, registry);
  ServerFaults out = ask_servers(queries, registry, reach, answers);
  const auto further = further_queries_of(declarations, host, registry, answers);
  out.merge(ask_servers(further, registry, reach, answers));
  return out;
}

void lend_credential(Server& server, std::string_view host,
                     const std::vector<Declaration>& declarations, const Registry& registry) {
  if (server.credential) return;
  int best = -1;
  for (const Declaration& declaration : declarations) {
    const bool here = declaration.host == host;
    if (server.through_host && !here) continue;
    for (const ServerQuery& query : asked_by(declaration, registry)) {
      const Server& other = query.server;
      const bool same = other.service == server.service && other.address == server.address &&
                        other.through_host == server.through_host;
      if (!same || !other.credential) continue;
      const bool by_name = other.credential_name == server.credential_name;
      const int fits = (by_name ? 2 : 0) + (here ? 1 : 0);
      if (fits <= best) continue;
      best = fits;
      server.credential = other.credential;
    }
  }
}

const Error* fault_of(const Resource& resource, const ServerFaults& faults,
                      const Registry& registry) {
  const Kind* kind = faults.empty() ? nullptr : registry.kind(resource.kind);
  if (kind == nullptr) return nullptr;
  for (const ServerQuery& query : kind->server_queries(resource)) {
    if (const auto found = faults.find(query.key()); found != faults.end()) return &found->second;
  }
  return nullptr;
}

void refuse_unanswered(Plan& plan, const ServerFaults& faults, const Registry& registry) {
  if (faults.empty()) return;
  const Prerequisites prerequisites(plan.graph);
  const auto comes = [&](std::size_t other) {
    const Row& row = plan.rows[other];
    const bool silent = fault_of(plan.declarations[other].resource, faults, registry) != nullptr;
    return !silent && (row.unknown || (row.changes() && !row.only_asks()));
  };
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    Row& row = plan.rows[i];
    const Declaration& declaration = plan.declarations[i];
    if (!row.unknown || row.refused || !row.selected || declaration.audit) continue;
    const Error* fault = fault_of(declaration.resource, faults, registry);
    if (fault == nullptr) continue;
    const bool silent = fault->code == Code::ServerUnreachable;
    const std::set<std::size_t> needed = prerequisites.of(i);
    if (silent && std::any_of(needed.begin(), needed.end(), comes)) continue;
    Error error = *fault;
    error.message = printable(declaration.host + " " + declaration.resource.address()) +
                    " can't be planned: " + error.message;
    error.where = declaration.resource.where;
    if (silent) {
      error.hint += (error.hint.empty() ? "" : "; ") +
                    std::string("if this very plan brings it up, say with `requires` what does");
    }
    row.refused = std::move(error);
    row.unknown.reset();
  }
}

}  // namespace holdfast
