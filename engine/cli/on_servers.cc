#include "engine/cli/on_servers.h"

#include <algorithm>

#include "engine/cli/history_book.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"
#include "engine/history/history.h"

namespace holdfast {
namespace {

/// Whether it goes on without its host: a server that is reached through the host goes with it.
bool outlives_host(const Resource& resource, const Registry& registry) {
  const Kind* kind = registry.kind(resource.kind);
  if (kind == nullptr) return false;
  const auto queries = kind->server_queries(resource);
  return std::any_of(queries.begin(), queries.end(),
                     [](const ServerQuery& query) { return !query.server.through_host; });
}

Resource resource_of(const ObjectRecord& record) {
  Resource out;
  out.kind = record.kind;
  out.name = record.name;
  out.desired = record.attributes;
  out.absent = true;
  return out;
}

/// As the record will have it, but for secrets.
ObjectRecord to_be_recorded(const Declaration& declaration, const Registry& registry) {
  const Resource& resource = declaration.resource;
  ObjectRecord out{.kind = resource.kind,
                   .name = resource.name,
                   .address = resource.address(),
                   .owner = declaration.owner,
                   .created = true};
  for (const auto& [name, value] : registry.kind(resource.kind)->desired(resource)) {
    if (!value.holds_secret() && value.find_unknown() == nullptr) out.attributes.set(name, value);
  }
  return out;
}

bool applied(const Outcome& outcome, const std::string& host) {
  return std::any_of(outcome.hosts.begin(), outcome.hosts.end(), [&](const HostOutcome& one) {
    return one.host == host && one.end == HostEnd::Applied;
  });
}

HostState of_host(const Plan& plan, const HostPlan& host, const Registry& registry, const Doer& by,
                  const Outcome* outcome) {
  HostState out;
  for (const auto& [identity, record] : host.state.objects) {
    const bool ours = record.owner.project == by.project &&
                      record.owner.environment == by.environment && record.created;
    if (ours && outlives_host(resource_of(record), registry)) out.objects[identity] = record;
  }
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const Declaration& declaration = plan.declarations[i];
    const Row& row = plan.rows[i];
    if (declaration.host != host.host || !row.changes() || declaration.audit) continue;
    if (!outlives_host(declaration.resource, registry)) continue;
    if (row.change.action != Action::Delete) {
      if (!row.record) out.objects[row.identity] = to_be_recorded(declaration, registry);
    } else if (outcome != nullptr && applied(*outcome, host.host)) {
      out.objects.erase(row.identity);
    }
  }
  return out;
}

std::vector<OnServersEntry> entries(const Session& session) {
  const auto place = history_place(session);
  if (!place) return {};
  auto history = History::open(*place, Access::Read);
  if (!history || !*history) return {};
  auto found = (*history)->on_servers(session.project().name, session.environment());
  return found ? std::move(*found) : std::vector<OnServersEntry>{};
}

}  // namespace

std::vector<OnServersEntry> on_servers_of(const Plan& plan, const Registry& registry,
                                          const Doer& by, const Outcome* outcome) {
  std::vector<OnServersEntry> out;
  const bool any =
      std::any_of(plan.declarations.begin(), plan.declarations.end(),
                  [&](const Declaration& one) { return outlives_host(one.resource, registry); });
  if (!any) return out;
  for (const HostPlan& host : plan.hosts) {
    if (host.unreachable) continue;
    const HostState state = of_host(plan, host, registry, by, outcome);
    out.push_back({.host = host.host,
                   .seen = now_text(),
                   .document = state.objects.empty() ? "" : state_json(state),
                   .by = by});
  }
  return out;
}

std::vector<GoneHost> gone_hosts(const Session& session, const Plan& plan) {
  const Options& options = session.options();
  const bool whole = options.limit.empty() && options.tags.empty() && options.targets.empty() &&
                     options.inventory.empty();
  const bool any = std::any_of(
      plan.declarations.begin(), plan.declarations.end(),
      [&](const Declaration& one) { return outlives_host(one.resource, session.registry()); });
  std::vector<GoneHost> out;
  if (!whole || !any) return out;
  for (const OnServersEntry& entry : entries(session)) {
    if (session.inventory().host(entry.host) != nullptr) continue;
    const auto state = parse_state(entry.document);
    if (!state || state->objects.empty()) continue;
    out.push_back({.host = entry.host, .orphans = {}});
    for (const auto& [identity, record] : state->objects)
      out.back().orphans.push_back(record.address);
  }
  return out;
}

std::vector<Declaration> remembered_on_servers(const Session& session, const std::string& host) {
  std::vector<Declaration> out;
  for (const OnServersEntry& entry : entries(session)) {
    if (entry.host != host) continue;
    const auto state = parse_state(entry.document);
    if (!state) continue;
    for (const auto& [identity, record] : state->objects) {
      if (session.registry().kind(record.kind) == nullptr) continue;
      out.push_back({.host = host, .owner = record.owner, .resource = resource_of(record)});
    }
  }
  return out;
}

void forget_on_servers(const Session& session, const std::string& host) {
  const RunMeta meta = session.meta("retire");
  OnServersEntry entry{.host = host};
  entry.by.project = meta.project;
  entry.by.environment = meta.environment;
  Entries all;
  all.on_servers.push_back(std::move(entry));
  HistoryBook(session, meta).add(std::move(all));
}

}  // namespace holdfast
