#include "engine/core/hash.h"
#include "engine/plan/plan.h"
#include "engine/plan/refusals.h"
#include "engine/plan/written_only.h"

namespace holdfast {
namespace {

/// What we last wrote there, if it may be shown: the record holds a plain digest only where the
/// text is no secret.
std::string own_digest(const Row& row, const std::string& attribute) {
  if (!row.record) return {};
  const Value* value = row.record->attributes.find(attribute);
  if (value == nullptr || !value->is_text()) return {};
  const std::string& text = value->as_text();
  static constexpr std::string_view kPrefix = "sha256:";
  return text.rfind(kPrefix, 0) == 0 ? text.substr(kPrefix.size()) : "";
}

/// Calls `use(row, attribute, path)` for every content attribute that changes and whose old text
/// may be asked for.
template <class Use>
void each_text(const Plan& plan, std::string_view host, const Registry& registry, const Use& use) {
  for (std::size_t node = 0; node < plan.rows.size(); ++node) {
    const Row& row = plan.rows[node];
    const Resource& resource = plan.declarations[node].resource;
    if (plan.declarations[node].host != host || !row.changes() || !row.change.before) continue;
    const Kind* kind = registry.kind(resource.kind);
    for (const auto& [attribute, path] : kind->text_paths(resource)) {
      const bool secret = secret_attribute(resource, kind->schema(), attribute);
      const bool shown =
          row.change.action == Action::Delete || row.change.find(attribute) != nullptr;
      if (!secret && shown) use(node, attribute, path);
    }
  }
}

bool written_only(const AttributeChange& change) {
  return change.before == Value(kWrittenOnly) && change.after.holds_secret();
}

/// Whether somebody made a secret that nobody can read another one, nobody can tell.
bool drifted(const AttributeChange& change, const Value& last, bool secret,
             const std::string& key) {
  return !written_only(change) && !(recorded(change.before, secret, key) == last);
}

Standing standing_of(const Row& row, const Resource& resource, const Kind& kind,
                     const std::string& key) {
  if (displaced(row)) return Standing::Drift;
  if (row.change.action == Action::None || row.effects.every_time) return Standing::Same;
  if (!row.record) return row.change.before ? Standing::Stranger : Standing::New;
  if (!row.change.before) return Standing::Drift;
  bool drift = false;
  bool pending = row.change.action == Action::Delete;
  const State desired = kind.desired(resource);
  for (const AttributeChange& change : row.change.attributes) {
    const Value* last = row.record->attributes.find(change.name);
    const bool secret = secret_attribute(resource, kind.schema(), change.name);
    if (last == nullptr) {
      // What nobody stated only comes with a new thing in the place of another one.
      const Value* stated = desired.find(change.name);
      if (stated != nullptr && !stated->is_null()) pending = true;
      continue;
    }
    if (secret && key.empty()) continue;
    drift |= drifted(change, *last, secret, key);
    pending |= !(recorded(change.after, secret, key) == *last);
  }
  // What drifted brings its restart with it; alone, a restart is our own that is still due.
  if (!drift && (row.change.restart_due || row.change.reload_due)) pending = true;
  if (drift && pending) return Standing::Both;
  return drift ? Standing::Drift : Standing::Pending;
}

/// Drops from a change the secrets that can only be written and that the record says are the stated
/// ones.
void settle_written_only(Row& row, const Resource& resource, const Kind& kind,
                         const std::string& key) {
  if (row.change.action != Action::Update || !row.record || key.empty()) return;
  const auto settled = [&](const AttributeChange& change) {
    const Value* last = row.record->attributes.find(change.name);
    return written_only(change) && last != nullptr && recorded(change.after, true, key) == *last;
  };
  if (std::erase_if(row.change.attributes, settled) == 0) return;
  if (row.change.attributes.empty() && !row.change.restart_due && !row.change.reload_due) {
    row.change = Change{.before = std::move(row.change.before)};
    row.steps.clear();
    row.effects = {};
    return;
  }
  row.steps = kind.steps(resource, row.change);
  row.effects.one_way = kind.effects(resource, row.change).one_way;
}

}  // namespace

std::vector<TextQuery> text_queries(const Plan& plan, std::string_view host,
                                    const Registry& registry) {
  std::vector<TextQuery> out;
  each_text(plan, host, registry,
            [&](std::size_t node, const std::string& attribute, const std::string& path) {
              out.push_back({path, own_digest(plan.rows[node], attribute)});
            });
  return out;
}

void add_texts(Plan& plan, std::string_view host, const Registry& registry,
               const std::vector<TextQuery>& queries, const Fetched& fetched) {
  std::size_t next = 0;
  each_text(plan, host, registry,
            [&](std::size_t node, const std::string& attribute, const std::string&) {
              if (next >= queries.size() || next >= fetched.texts.size()) return;
              const Resource& resource = plan.declarations[node].resource;
              const Value after = resource.absent
                                      ? Value()
                                      : registry.kind(resource.kind)->text(resource, attribute);
              plan.rows[node].texts[attribute] = {fetched.texts[next++], after};
            });
  for (std::size_t node = 0; node < plan.rows.size(); ++node) {
    const Resource& resource = plan.declarations[node].resource;
    const Kind* kind = registry.kind(resource.kind);
    if (plan.declarations[node].host != host || kind == nullptr) continue;
    settle_written_only(plan.rows[node], resource, *kind, fetched.key);
    plan.rows[node].standing = standing_of(plan.rows[node], resource, *kind, fetched.key);
  }
}

}  // namespace holdfast
