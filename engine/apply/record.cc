#include "engine/apply/record.h"

namespace holdfast {
namespace {

constexpr const char* kPending = "pending";

ObjectRecord record_of(const Plan& plan, std::size_t node, const std::string& key,
                       const Registry& registry) {
  const Declaration& declaration = plan.declarations[node];
  const Row& row = plan.rows[node];
  const Kind& kind = *registry.kind(declaration.resource.kind);
  ObjectRecord out{.kind = declaration.resource.kind,
                   .name = declaration.resource.name,
                   .address = declaration.resource.address(),
                   .owner = declaration.owner};
  out.protect = declaration.protect;
  out.created = row.record ? row.record->created : !row.change.before || row.effects.makes;
  for (const auto& [name, value] : kind.desired(declaration.resource)) {
    if (value.is_null()) continue;
    out.attributes.set(
        name, recorded(value, secret_attribute(declaration.resource, kind.schema(), name), key));
  }
  out.started_with = row.restart_digest;
  out.reloaded_with = row.reload_digest;
  for (const std::size_t before : plan.graph.before(node)) {
    if (plan.declarations[before].host == declaration.host)
      out.after.push_back(plan.rows[before].identity);
  }
  return out;
}

/// What isn't started anew yet is due, until it is in another life.
void leave_restart(ObjectRecord& record, const Row& row, std::size_t node, const LeftFor& left) {
  const auto life = left.lives.find(node);
  if (!left.run.empty() && life != left.lives.end()) {
    record.left = {left.run, life->second, record.started_with, record.reloaded_with};
  }
  if (row.change.restart_due) record.started_with = kPending;
  if (row.change.reload_due) record.reloaded_with = kPending;
}

}  // namespace

std::optional<HostState> mark_pending(HostState& state, const Plan& plan,
                                      const std::vector<std::size_t>& rows) {
  for (const std::size_t node : rows) {
    const Row& row = plan.rows[node];
    if (!row.change.restart_due && !row.change.reload_due) continue;
    const Declaration& d = plan.declarations[node];
    ObjectRecord adopted{.kind = d.resource.kind,
                         .name = d.resource.name,
                         .address = d.resource.address(),
                         .owner = d.owner};
    if (row.change.restart_due) adopted.started_with = kPending;
    if (row.change.reload_due) adopted.reloaded_with = kPending;
    state.objects.try_emplace(row.identity, std::move(adopted));
  }
  HostState out = state;
  bool marked = false;
  for (const std::size_t node : rows) {
    const Row& row = plan.rows[node];
    const auto found = out.objects.find(row.identity);
    if (found == out.objects.end()) continue;
    if (row.change.restart_due) found->second.started_with = kPending;
    if (row.change.reload_due) found->second.reloaded_with = kPending;
    marked = marked || row.change.restart_due || row.change.reload_due;
  }
  if (!marked) return std::nullopt;
  return out;
}

HostState updated_state(HostState state, const Plan& plan, const std::set<std::size_t>& done,
                        const std::string& machine, const std::string& key,
                        const Registry& registry, const LeftFor& left) {
  state.machine = machine;
  for (const std::size_t node : done) {
    const Declaration& declaration = plan.declarations[node];
    const Row& row = plan.rows[node];
    const Kind* kind = registry.kind(declaration.resource.kind);
    const bool made = state.made.erase(row.identity) > 0;
    if (kind == nullptr || declaration.audit || kind->schema().never_observed) continue;
    if (declaration.resource.absent) {
      state.objects.erase(row.identity);
    } else {
      ObjectRecord record = record_of(plan, node, key, registry);
      // Another run may have made it since the plan.
      const auto known = state.objects.find(row.identity);
      record.created =
          record.created || made || (known != state.objects.end() && known->second.created);
      if (!row.later.empty()) leave_restart(record, row, node, left);
      state.objects[row.identity] = std::move(record);
    }
  }
  return state;
}

}  // namespace holdfast
