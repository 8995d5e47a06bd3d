#include "engine/manifest/ways.h"

#include <optional>
#include <string_view>
#include <vector>

#include "engine/inventory/builder.h"
#include "engine/manifest/scope.h"

namespace holdfast {
namespace {

struct RenderedWay {
  std::string host, name;
  Value value;
};

bool holds_markup(const Variable& variable) {
  return variable.value.is_text() && Template::has_markup(variable.value.as_text());
}

/// The reason without the host's name: whoever tells it adds that.
std::string reason_of(const Error& error) {
  constexpr std::size_t kOn = std::string_view(" on ").size();
  if (error.hosts_length == 0) return error.message;
  return error.message.substr(0, error.hosts_at - kOn) +
         error.message.substr(error.hosts_at + error.hosts_length);
}

Value rendered_way(const HostScope& scope, const std::string& name) {
  auto value = scope.variable(name);
  if (!value) return Unknown{reason_of(value.error())};
  if ((*value)->find_unknown() != nullptr) {
    return Unknown{"nobody knows facts before the host is reached"};
  }
  return **value;
}

}  // namespace

void render_ways(Inventory& inventory, const std::map<std::string, std::string>& set,
                 const std::string& environment) {
  const std::map<std::string, Value> no_facts;
  std::optional<World> world;
  std::vector<RenderedWay> all;
  for (const InventoryHost& host : inventory.hosts()) {
    for (const std::string& name : connection_variable_names()) {
      const auto found = host.variables.find(name);
      if (found == host.variables.end() || !holds_markup(found->second)) continue;
      if (!world) world.emplace(inventory, no_facts, set, environment);
      all.push_back({host.name, name, rendered_way(world->scope(host.name), name)});
    }
  }
  for (RenderedWay& way : all) {
    InventoryBuilder::replace(inventory, way.host, way.name, std::move(way.value));
  }
}

}  // namespace holdfast
