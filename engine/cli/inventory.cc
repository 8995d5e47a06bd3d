#include "engine/cli/inventory.h"

#include <algorithm>

#include "engine/core/suggest.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

Error unmatched(std::string message, std::string hint) {
  return Error{
      .code = Code::PatternUnmatched, .message = std::move(message), .hint = std::move(hint)};
}

Result<std::string> graph(const Inventory& inventory, const std::string& group) {
  if (inventory.group(group) != nullptr) return inventory_graph(inventory, group) + "\n";
  std::vector<std::string> names;
  for (const Group& known : inventory.groups()) names.push_back(known.name);
  return fail(
      unmatched("there is no group '" + printable(group) + "'", did_you_mean(group, names)));
}

Result<std::string> host_variables(const Inventory& inventory, const std::string& pattern) {
  HF_TRY(const std::vector<std::string> hosts, inventory.select(pattern));
  if (hosts.size() == 1) return inventory_host_json(*inventory.host(hosts[0])) + "\n";
  return fail(unmatched("'" + printable(pattern) + "' names " + std::to_string(hosts.size()) +
                            " hosts, and --host shows exactly one",
                        "--list shows all of them"));
}

}  // namespace

Result<std::vector<std::string>> limited_hosts(const Inventory& inventory,
                                               const std::vector<std::string>& patterns,
                                               const std::vector<std::string>& limit) {
  HF_TRY(std::vector<std::string> hosts,
         inventory.select(patterns.empty() ? "all" : join(patterns, ",")));
  if (limit.empty()) return hosts;
  HF_TRY(const std::vector<std::string> left, inventory.select(join(limit, ",")));
  std::erase_if(hosts, [&](const std::string& host) {
    return std::find(left.begin(), left.end(), host) == left.end();
  });
  return hosts;
}

Result<std::string> inventory_output(const Inventory& inventory, InventoryView view,
                                     const std::string& name,
                                     const std::vector<std::string>& limit) {
  const std::string wanted = name.empty() ? "all" : name;
  if (view == InventoryView::List) return inventory_list_json(inventory) + "\n";
  if (view == InventoryView::Graph) return graph(inventory, wanted);
  if (view == InventoryView::Host) return host_variables(inventory, wanted);
  HF_TRY(const std::vector<std::string> hosts, limited_hosts(inventory, {wanted}, limit));
  std::string out;
  for (const std::string& host : hosts) out += printable(host) + "\n";
  return out;
}

}  // namespace holdfast
