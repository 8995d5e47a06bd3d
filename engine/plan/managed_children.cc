#include "engine/plan/managed_children.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Paths = std::set<std::string>;

void add_paths(const Resource& resource, const Registry& registry, Paths& paths) {
  const Kind* kind = registry.kind(resource.kind);
  if (starts_with(resource.name, "/")) paths.insert(resource.name);
  if (kind == nullptr) return;
  constexpr std::string_view kPath = "path:";
  for (const std::string& token : kind->links(resource).provides) {
    if (starts_with(token, kPath)) paths.insert(token.substr(kPath.size()));
  }
}

void add_recorded(const HostPlan& host, const std::vector<Owner>& owners, const Registry& registry,
                  Paths& paths) {
  for (const auto& [identity, record] : host.state.objects) {
    if (std::find(owners.begin(), owners.end(), record.owner) != owners.end()) continue;
    Resource resource;
    resource.kind = record.kind;
    resource.name = record.name;
    resource.desired = record.attributes;
    add_paths(resource, registry, paths);
  }
}

std::set<std::string> children_of(const std::string& path, const Paths& paths) {
  std::set<std::string> out;
  const std::string prefix = path + "/";
  for (auto it = paths.lower_bound(prefix); it != paths.end() && starts_with(*it, prefix); ++it) {
    out.insert(it->substr(prefix.size(), it->find('/', prefix.size()) - prefix.size()));
  }
  return out;
}

}  // namespace

void set_managed_children(Plan& plan, const std::vector<Owner>& owners, const Registry& registry) {
  std::map<std::string, Paths> by_host;
  for (const Declaration& declaration : plan.declarations) {
    add_paths(declaration.resource, registry, by_host[declaration.host]);
  }
  for (const HostPlan& host : plan.hosts) {
    add_recorded(host, owners, registry, by_host[host.host]);
  }
  for (Declaration& declaration : plan.declarations) {
    Resource& resource = declaration.resource;
    if (!starts_with(resource.name, "/")) continue;
    resource.managed_children = children_of(resource.name, by_host[declaration.host]);
  }
}

}  // namespace holdfast
