#include "engine/wiring/wiring.h"

#include <algorithm>

#include "engine/core/hide_secrets.h"
#include "engine/core/text.h"
#include "engine/manifest/provided.h"
#include "engine/wiring/checks.h"

namespace holdfast {
namespace {

/// What `provides` states, as ends. On a scrape job: what its targets give.
void add_provided(const Provided& provided, Ends& ends) {
  for (ScrapeJob& job : ends.jobs) {
    job.exports = {provided.metrics_known, provided.metrics, provided.labels};
  }
  if (ends.jobs.empty() && (provided.port || provided.metrics_known)) {
    Listener listener;
    listener.where = provided.where;
    listener.port = provided.port.value_or(0);
    listener.exports = {provided.metrics_known, provided.metrics, provided.labels};
    ends.listeners.push_back(std::move(listener));
  }
  for (const std::string& unit : provided.units) {
    UnitMade made;
    made.where = provided.where;
    made.name = unit;
    ends.units_made.push_back(std::move(made));
  }
}

template <class List>
void move_all(List& from, List& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void add(Ends& to, Ends from) {
  move_all(from.listeners, to.listeners);
  move_all(from.openings, to.openings);
  move_all(from.walls, to.walls);
  move_all(from.jobs, to.jobs);
  move_all(from.uses, to.uses);
  move_all(from.recorded, to.recorded);
  move_all(from.alerts, to.alerts);
  move_all(from.rules, to.rules);
  move_all(from.routes, to.routes);
  move_all(from.sandboxes, to.sandboxes);
  move_all(from.paths, to.paths);
  move_all(from.environments, to.environments);
  move_all(from.texts, to.texts);
  move_all(from.units_made, to.units_made);
  move_all(from.units_used, to.units_used);
  move_all(from.soles, to.soles);
}

/// A secret is taken for right.
const Resource& without_secrets(const Resource& resource, Wiring& wiring) {
  const bool holds_secret =
      std::any_of(resource.desired.begin(), resource.desired.end(),
                  [](const auto& entry) { return entry.second.holds_secret(); });
  if (!holds_secret) return resource;
  auto shown = std::make_shared<Resource>(resource);
  for (auto& [name, value] : shown->desired) value = without_secrets(value);
  wiring.shown.push_back(std::move(shown));
  return *wiring.shown.back();
}

Ends ends_of(const Declaration& declaration, const Registry& registry, Wiring& wiring) {
  Ends out;
  if (declaration.resource.absent) return out;
  const auto* kind = dynamic_cast<const Wired*>(registry.kind(declaration.resource.kind));
  if (kind != nullptr) kind->ends(without_secrets(declaration.resource, wiring), out);
  // Where `when` isn't known, two may exclude each other.
  if (declaration.when_unknown) out.soles.clear();
  if (declaration.provides) add_provided(*declaration.provides, out);
  out.each([&](auto& list) {
    for (auto& end : list) {
      if (!end.where.known()) end.where = declaration.resource.where;
      end.who = printable(declaration.resource.address());
      end.host = declaration.host;
      end.machine = wiring.machines.of(declaration.host);
    }
  });
  return out;
}

}  // namespace

const Listener* Wiring::listener(const ScrapeJob& job, const AskedTarget& target) const {
  const std::string at = machine(job, target);
  if (at.empty()) return nullptr;
  for (const Listener& listener : ends.listeners) {
    if (listener.port == target.port && listener.machine == at) return &listener;
  }
  return nullptr;
}

std::string target_text(const AskedTarget& target) {
  return printable(target.host) + ":" + std::to_string(target.port);
}

Wiring wiring_of(const std::vector<Declaration>& declarations, const Inventory& inventory,
                 const Registry& registry) {
  Wiring out{{}, machines_of(inventory)};
  for (const Declaration& declaration : declarations) {
    add(out.ends, ends_of(declaration, registry, out));
  }
  return out;
}

void follow_wiring(const std::vector<Declaration>& declarations, const Inventory& inventory,
                   const Registry& registry, Diagnostics& diagnostics) {
  const Wiring wiring = wiring_of(declarations, inventory, registry);
  check_targets(wiring, diagnostics);
  check_walls(wiring, diagnostics);
  check_metrics(wiring, diagnostics);
  check_receivers(wiring, diagnostics);
  check_routes(wiring, diagnostics);
  check_sandboxes(wiring, diagnostics);
  check_units(wiring, diagnostics);
  check_soles(wiring, diagnostics);
}

}  // namespace holdfast
