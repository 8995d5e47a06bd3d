#include "engine/inventory/inventory.h"

#include <algorithm>
#include <set>

namespace holdfast {

const InventoryHost* Inventory::host(std::string_view name) const {
  const auto found = host_places_.find(name);
  return found == host_places_.end() ? nullptr : &hosts_[found->second];
}

const Group* Inventory::group(std::string_view name) const {
  const auto found = group_places_.find(name);
  return found == group_places_.end() ? nullptr : &groups_[found->second];
}

std::vector<std::string> Inventory::members_by_level(std::string_view name) const {
  std::vector<std::string> out;
  std::vector<const Group*> level;
  if (const Group* first = group(name)) level.push_back(first);
  std::set<std::string_view> seen_groups{name};
  std::set<std::string_view> seen_hosts;
  while (!level.empty()) {
    std::vector<const Group*> below;
    for (const Group* at : level) {
      for (const std::string& host : at->hosts) {
        if (seen_hosts.insert(host).second) out.push_back(host);
      }
      for (const std::string& child : at->children) {
        if (seen_groups.insert(child).second) below.push_back(group(child));
      }
    }
    level = std::move(below);
  }
  return out;
}

std::vector<std::string> Inventory::members(std::string_view name) const {
  std::vector<std::string> out = members_by_level(name);
  std::sort(out.begin(), out.end(), [&](const std::string& a, const std::string& b) {
    return host_places_.find(a)->second < host_places_.find(b)->second;
  });
  return out;
}

}  // namespace holdfast
