#include "engine/plan/restart.h"

#include <algorithm>
#include <set>

#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// A digest that leaves the host only as part of another one; the key only keeps it apart from
/// other digests.
constexpr const char* kPurpose = "holdfast started with";

struct Watched {
  std::string digest;
  bool seen = true;      ///< False: some of it is on a host that nobody looked at.
  bool changes = false;  ///< Something of it changes in this plan.
  std::string because;
};

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
              const std::vector<Reference>& references, const Registry& registry) {
  Watched out;
  std::multiset<std::string> digests;
  for (const Reference& reference : references) {
    if (!reference.elsewhere) continue;
    out.seen = out.seen && !reference.elsewhere->empty();
    digests.insert(*reference.elsewhere);
  }
  for (const std::size_t other : named(plan, node, reason)) {
    const Resource& resource = plan.declarations[other].resource;
    digests.insert(watched_digest(plan, other, registry));
    if (plan.rows[other].changes() && !plan.declarations[other].audit) {
      out.changes = true;
      out.because += (out.because.empty() ? "" : ", ") + resource.address();
    }
  }
  // In an order of their own: which of them --limit leaves out makes no difference.
  out.digest = sha256_hex(join({digests.begin(), digests.end()}, ""));
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
  return watched.changes || (watched.seen && !recorded.empty() && recorded != watched.digest);
}

}  // namespace

std::string watched_digest(const Plan& plan, std::size_t node, const Registry& registry) {
  const Resource& resource = plan.declarations[node].resource;
  const Kind* kind = registry.kind(resource.kind);
  if (kind == nullptr) return {};
  const std::string desired = sha256_hex(canonical(Value(kind->desired(resource)), kPurpose));
  return plan.rows[node].identity + "=" + desired + "\n";
}

void settle_left(Row& row, const HostPlan& host) {
  if (!row.record || !row.record->left) return;
  const ObjectRecord::Left left = *row.record->left;
  if (!row.life.empty() && row.life != left.life) {
    row.record->started_with = left.started_with;
    row.record->reloaded_with = left.reloaded_with;
    row.record->left.reset();
  } else if (std::find(host.later.begin(), host.later.end(), left.run) != host.later.end()) {
    row.left_by = left.run;
  }
}

void settle_restart(Plan& plan, std::size_t node, const Registry& registry) {
  const Declaration& declaration = plan.declarations[node];
  const Kind* kind = registry.kind(declaration.resource.kind);
  if (kind == nullptr || !kind->schema().restartable || declaration.resource.absent) return;
  Row& row = plan.rows[node];

  Watched restart = watch(plan, node, "restart_on", declaration.restart_on, registry);
  const State definition = definition_of(*kind, declaration.resource);
  restart.digest = sha256_hex(restart.digest + canonical(Value(definition), kPurpose));
  if (definition_changes(row, kind->schema())) {
    restart.changes = true;
    restart.because = restart.because.empty() ? "its definition" : restart.because;
  }
  const Watched reload = watch(plan, node, "reload_on", declaration.reload_on, registry);
  row.restart_digest = restart.digest;
  row.reload_digest = declaration.reload_on.empty() ? "" : reload.digest;
  // What isn't there yet starts with everything anyway.
  if (!row.change.before || row.change.action == Action::Create) return;

  std::string started = row.record ? row.record->started_with : "";
  std::string reloaded = row.record ? row.record->reloaded_with : "";
  if (!row.left_by.empty()) {
    started = row.record->left->started_with;
    reloaded = row.record->left->reloaded_with;
  }
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
