#include "engine/plan/restart.h"

#include <algorithm>

#include "engine/core/hash.h"

namespace holdfast {
namespace {

/// A digest that leaves the host only as part of another one; the key only keeps it apart from
/// other digests.
constexpr const char* kPurpose = "holdfast started with";

struct Watched {
  std::string digest;    ///< "" : rests on something unknown.
  bool changes = false;  ///< Something of it changes in this plan.
  std::string because;
};

std::string desired_digest(const Kind& kind, const Resource& resource) {
  return sha256_hex(canonical(Value(kind.desired(resource)), kPurpose));
}

/// Nodes that the references of `node` name: the graph has an edge to each, with the reference's
/// reason.
std::vector<std::size_t> named(const Plan& plan, std::size_t node, const std::string& reason) {
  std::vector<std::size_t> out;
  for (const Edge& edge : plan.graph.edges()) {
    if (edge.to == node && edge.reason == reason) out.push_back(edge.from);
  }
  return out;
}

Watched watch(const Plan& plan, std::size_t node, const std::string& reason,
              const Registry& registry) {
  Watched out;
  std::string all;
  for (const std::size_t other : named(plan, node, reason)) {
    const Resource& resource = plan.declarations[other].resource;
    const Kind* kind = registry.kind(resource.kind);
    if (kind == nullptr) continue;
    all += plan.rows[other].identity + "=" + desired_digest(*kind, resource) + "\n";
    if (plan.rows[other].changes() && !plan.declarations[other].audit) {
      out.changes = true;
      out.because += (out.because.empty() ? "" : ", ") + resource.address();
    }
  }
  out.digest = sha256_hex(all);
  return out;
}

bool definition_changes(const Row& row, const Schema& schema) {
  return std::any_of(row.change.attributes.begin(), row.change.attributes.end(),
                     [&](const AttributeChange& change) {
                       const Attribute* attribute = schema.find(change.name);
                       return attribute != nullptr && attribute->definition;
                     });
}

State definition_of(const Kind& kind, const Resource& resource) {
  State out;
  for (const auto& [name, value] : kind.desired(resource)) {
    const Attribute* attribute = kind.schema().find(name);
    if (attribute != nullptr && attribute->definition) out.set(name, value);
  }
  return out;
}

bool due(const std::string& recorded, const Watched& watched) {
  return watched.changes || (!recorded.empty() && recorded != watched.digest);
}

}  // namespace

void settle_restart(Plan& plan, std::size_t node, const Registry& registry) {
  const Declaration& declaration = plan.declarations[node];
  const Kind* kind = registry.kind(declaration.resource.kind);
  if (kind == nullptr || !kind->schema().restartable || declaration.resource.absent) return;
  Row& row = plan.rows[node];

  Watched restart = watch(plan, node, "restart_on", registry);
  const State definition = definition_of(*kind, declaration.resource);
  restart.digest = sha256_hex(restart.digest + canonical(Value(definition), kPurpose));
  if (definition_changes(row, kind->schema())) {
    restart.changes = true;
    restart.because = restart.because.empty() ? "its definition" : restart.because;
  }
  const Watched reload = watch(plan, node, "reload_on", registry);
  row.restart_digest = restart.digest;
  row.reload_digest = declaration.reload_on.empty() ? "" : reload.digest;
  // What isn't there yet starts with everything anyway.
  if (!row.change.before || row.change.action == Action::Create) return;

  const std::string started = row.record ? row.record->started_with : "";
  const std::string reloaded = row.record ? row.record->reloaded_with : "";
  row.change.restart_due = due(started, restart);
  row.change.reload_due = !declaration.reload_on.empty() && due(reloaded, reload);
  const auto explain = [&](const char* verb, const Watched& watched) {
    if (!row.change.reason.empty()) row.change.reason += "; ";
    row.change.reason +=
        std::string(verb) + (watched.because.empty() ? " is still due from an earlier run"
                                                     : ", because " + watched.because + " changes");
  };
  if (row.change.restart_due) explain("restart", restart);
  if (row.change.reload_due && !row.change.restart_due) explain("reload", reload);
}

}  // namespace holdfast
