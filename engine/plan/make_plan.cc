#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/plan/diff.h"
#include "engine/plan/managed_children.h"
#include "engine/plan/missing.h"
#include "engine/plan/needed.h"
#include "engine/plan/plan.h"
#include "engine/plan/refusals.h"
#include "engine/plan/restart.h"
#include "engine/plan/select.h"

namespace holdfast {
namespace {

/// Plans one resource against what its host answered.
class RowPlanner {
 public:
  /// @param beside  All that is stated for the same host.
  RowPlanner(Plan& plan, std::size_t node, const Registry& registry,
             const std::vector<const Resource*>& beside)
      : plan_(plan),
        node_(node),
        row_(plan.rows[node]),
        declaration_(plan.declarations[node]),
        beside_(beside) {
    kind_ = registry.kind(declaration_.resource.kind);
  }

  void plan(const HostInput& input, HostPlan& host, const Registry& registry) {
    row_.identity = kind_->identity(declaration_.resource);
    find_record(host);
    if (declaration_.when_unknown) return set_unknown(*declaration_.when_unknown);
    const Value desired(kind_->desired(declaration_.resource));
    if (const Unknown* unknown = desired.find_unknown()) return set_unknown(*unknown);
    auto observed = kind_->read(declaration_.resource, input.seen.answers);
    if (!observed) return refuse(std::move(observed.error()));
    row_.life = kind_->life(declaration_.resource, input.seen.answers);
    settle_left(row_, host);
    compare(*observed);
    if (row_.unknown || row_.refused) return;
    settle_restart(plan_, node_, registry);
    add_steps(input.seen.answers);
    add_notes(input.seen.answers);
    judge(observed->has_value());
  }

 private:
  void find_record(const HostPlan& host) {
    auto found = host.state.objects.find(row_.identity);
    if (found != host.state.objects.end()) row_.record = found->second;
    if (row_.record && !owned(row_.record->owner, host)) {
      refuse({.code = Code::OtherOwner,
              .message = printable(declaration_.host + " " + declaration_.resource.address()) +
                         " belongs to " + printable(row_.record->owner.text()),
              .where = declaration_.resource.where,
              .hint = "`holdfast adopt --from` moves it; `holdfast forget` releases it"});
    }
  }

  /// What one name of a machine made, the others may go on with.
  bool owned(Owner owner, const HostPlan& host) const {
    if (host.named(owner.host)) owner.host = declaration_.owner.host;
    return owner == declaration_.owner;
  }

  void compare(const std::optional<State>& observed) {
    row_.change = diff(*kind_, declaration_.resource, observed);
    if (row_.orphan && observed) {
      row_.change.reason = declaration_.renamed_to.empty()
                               ? "no manifest names it any more"
                               : "its name is now " + declaration_.renamed_to;
    }
    for (const AttributeChange& change : row_.change.attributes) {
      const Unknown* unknown = change.before.find_unknown();
      if (unknown != nullptr) return set_unknown(*unknown);
    }
  }

  void add_steps(const Answers& answers) {
    Change& change = row_.change;
    if (change.action == Action::None && (change.restart_due || change.reload_due)) {
      change.action = Action::Update;
    }
    if (change.action == Action::None) return;
    row_.steps = kind_->steps(declaration_.resource, change);
    limit_steps();
    const bool only_restart = change.attributes.empty() && change.action == Action::Update;
    if (row_.steps.empty() && only_restart) change = Change{.before = change.before};
    if (change.action == Action::None) return;
    row_.effects = kind_->effects(declaration_.resource, change);
    row_.effects.way_in = kind_->way_in(declaration_.resource, change, {answers, beside_});
    add_irreversible();
    row_.effects.one_way = row_.effects.one_way || (declaration_.keep && !row_.orphan);
    if (row_.effects.privileged) refuse_untrusted();
    const bool destroys = change.action == Action::Delete || change.action == Action::Replace;
    if (declaration_.protect && destroys) {
      refuse({.code = Code::Protected,
              .message = printable(declaration_.resource.address()) +
                         " is protected, and would be " +
                         (change.action == Action::Delete ? "deleted" : "replaced"),
              .where = declaration_.resource.where});
    }
  }

  void add_notes(const Answers& answers) {
    if (row_.change.action == Action::None) return;
    for (std::string& note : kind_->notes(declaration_.resource, row_.change, answers))
      row_.effects.brings.push_back(std::move(note));
  }

  void limit_steps() {
    if (!declaration_.timeout) return;
    for (PhasedStep& phased : row_.steps) {
      if (Run* run = std::get_if<Run>(&phased.step)) run->limit = *declaration_.timeout;
      if (Probe* probe = std::get_if<Probe>(&phased.step)) probe->limit = *declaration_.timeout;
      if (Call* call = std::get_if<Call>(&phased.step)) call->limit = *declaration_.timeout;
    }
  }

  /// What another host says of itself opens no door here, unless the manifest lists it.
  void refuse_untrusted() {
    if (declaration_.audit) return;
    std::set<std::string> strangers = declaration_.reported_by;
    for (const std::string& host : declaration_.trust_facts) strangers.erase(host);
    strangers.erase(declaration_.host);
    std::erase_if(strangers, [this](const std::string& name) {
      const HostPlan* own = plan_.host(declaration_.host);
      return own != nullptr && own->named(name);
    });
    if (strangers.empty()) return;
    const std::string names = join({strangers.begin(), strangers.end()}, ", ");
    refuse({.code = Code::NeedsTrust,
            .message = printable(declaration_.resource.address() + " on " + declaration_.host +
                                 " gives access or power by what " + names + " reported"),
            .where = reported_place(strangers),
            .hint = printable("say `trust_facts: [" + names + "]` if " +
                              (strangers.size() == 1 ? "it" : "they") + " may decide this")});
  }

  /// The attribute that the report went into; else the resource.
  Position reported_place(const std::set<std::string>& strangers) const {
    for (const auto& [name, value] : declaration_.resource.desired) {
      std::set<std::string> hosts;
      collect_reporters(value, hosts);
      const auto place = declaration_.resource.places.find(name);
      const bool theirs = std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
        return strangers.count(host) > 0;
      });
      if (theirs && place != declaration_.resource.places.end()) return place->second;
    }
    return declaration_.resource.where;
  }

  void add_irreversible() {
    for (const PhasedStep& phased : row_.steps) {
      const Irreversible* reason = nullptr;
      if (const Run* run = std::get_if<Run>(&phased.step))
        reason = std::get_if<Irreversible>(&run->undo);
      if (const Call* call = std::get_if<Call>(&phased.step))
        reason = std::get_if<Irreversible>(&call->undo);
      if (reason == nullptr || reason->reason.empty()) continue;
      auto& all = row_.effects.irreversible;
      if (std::find(all.begin(), all.end(), reason->reason) == all.end())
        all.push_back(reason->reason);
    }
  }

  void judge(bool exists) {
    const bool wanted = !declaration_.resource.absent;
    row_.adopt = row_.change.action == Action::None && wanted && exists && !row_.record &&
                 !kind_->schema().never_observed && !declaration_.audit;
  }

  void set_unknown(const Unknown& unknown) { row_.unknown = unknown; }
  void refuse(Error error) {
    if (!row_.refused) row_.refused = std::move(error);
  }

  Plan& plan_;
  std::size_t node_;
  Row& row_;
  const Declaration& declaration_;
  const std::vector<const Resource*>& beside_;
  const Kind* kind_;
};

/// What will be as it is stated, for each host.
std::map<std::string, std::vector<const Resource*>> by_host(const Plan& plan) {
  std::map<std::string, std::vector<const Resource*>> out;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const Declaration& declaration = plan.declarations[i];
    if (declaration.audit || declaration.when_unknown || !plan.rows[i].selected) continue;
    out[declaration.host].push_back(&declaration.resource);
  }
  return out;
}

Error foreign_state(const HostPlan& host) {
  return {.code = Code::ForeignState,
          .message = "the record on " + printable(host.host) + " belongs to another machine (" +
                     printable(host.state.machine) + ")",
          .hint = "where this machine should start anew, remove /var/lib/holdfast there"};
}

/// Takes the record out of the input: it may be large.
HostPlan open_host(HostInput& input) {
  HostPlan host;
  host.host = input.host;
  host.also = input.also;
  host.unreachable = input.unreachable;
  if (input.unreachable) return host;
  host.machine_id = input.seen.machine_id;
  host.boot_id = input.seen.boot_id;
  host.root = input.seen.root;
  host.prepared = input.seen.prepared;
  host.can_lock = input.seen.can_lock;
  host.systemd = input.seen.systemd;
  host.open_run = input.seen.open_run;
  host.holder = input.seen.holder;
  host.guarded = input.seen.guarded;
  host.pause = input.seen.pause;
  host.alone = input.seen.alone;
  host.chain = input.seen.chain;
  host.own = input.seen.own;
  host.later = input.seen.later;
  host.stateless = !input.seen.state.has_value();
  if (host.stateless) return host;
  Result<HostState>& state = *input.seen.state;
  if (!state) {
    host.unreachable = state.error();
    return host;
  }
  host.state = std::move(*state);
  unseal(host.state, host.machine_id, host.host);
  if (host.state.machine != host.machine_id) host.unreachable = foreign_state(host);
  return host;
}

}  // namespace

bool HostPlan::named(std::string_view name) const {
  return name == host || std::find(also.begin(), also.end(), name) != also.end();
}

std::string Row::precondition() const { return state_digest(change.before); }

std::string HostPlan::title() const {
  return also.empty() ? host : host + " (also " + join(also, ", ") + ")";
}

std::vector<std::string> names_of(const HostInput& input) {
  std::vector<std::string> out{input.host};
  out.insert(out.end(), input.also.begin(), input.also.end());
  return out;
}

bool Row::only_asks() const {
  return !steps.empty() && std::all_of(steps.begin(), steps.end(), [](const PhasedStep& phased) {
    return std::holds_alternative<Probe>(phased.step);
  });
}

const HostPlan* Plan::host(std::string_view name) const {
  for (const HostPlan& host : hosts) {
    if (host.host == name) return &host;
  }
  return nullptr;
}

HostPlan* Plan::host(std::string_view name) {
  return const_cast<HostPlan*>(static_cast<const Plan*>(this)->host(name));  // NOLINT: same look-up
}

std::vector<std::size_t> Plan::rows_of(std::string_view host) const {
  std::vector<std::size_t> out;
  for (const std::size_t node : graph.order()) {
    if (declarations[node].host == host) out.push_back(node);
  }
  return out;
}

bool Plan::changes() const {
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.changes(); });
}

std::string state_digest(const std::optional<State>& state) {
  if (!state) return "absent";
  return sha256_hex(canonical(Value(*state), "holdfast precondition"));
}

bool secret_attribute(const Resource& resource, const Schema& schema, std::string_view name) {
  const Attribute* attribute = schema.find(name);
  if (resource.sensitive || (attribute != nullptr && attribute->secret)) return true;
  const Value* value = resource.get(name);
  return value != nullptr && value->holds_secret();
}

std::vector<Query> queries_of(const std::vector<Declaration>& declarations, std::string_view host,
                              const Registry& registry) {
  std::vector<Query> out;
  for (const Declaration& declaration : declarations) {
    if (declaration.host != host) continue;
    const Kind* kind = registry.kind(declaration.resource.kind);
    if (kind == nullptr || Value(declaration.resource.desired).find_unknown() != nullptr) continue;
    std::vector<Query> queries = kind->queries(declaration.resource);
    std::move(queries.begin(), queries.end(), std::back_inserter(out));
  }
  return out;
}

Plan make_plan(Catalog catalog, std::vector<HostInput> inputs, const Registry& registry,
               const PlanOptions& options, Diagnostics& diagnostics) {
  Plan plan;
  for (HostInput& input : inputs) plan.hosts.push_back(open_host(input));
  const std::size_t declared = catalog.declarations.size();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    HostPlan& host = plan.hosts[i];
    if (host.unreachable || !options.judge_orphans) continue;
    for (Declaration& orphan :
         orphans(host.state, catalog, names_of(inputs[i]), registry, options.all_manifests)) {
      if (goes(orphan, options)) {
        catalog.declarations.push_back(std::move(orphan));
      } else {
        host.kept_orphans.push_back(orphan.resource.address());
      }
    }
  }
  plan.declarations = std::move(catalog.declarations);
  set_managed_children(plan, catalog.owners, registry);
  for (Declaration& declaration : plan.declarations) {
    const auto policy = catalog.on_failure.find(declaration.owner.manifest);
    if (!declaration.on_failure && policy != catalog.on_failure.end())
      declaration.on_failure = policy->second;
  }
  plan.rows.resize(plan.declarations.size());
  plan.graph = Graph::build(plan.declarations, registry, {}, diagnostics);
  if (diagnostics.failed()) return plan;
  for (std::size_t i = declared; i < plan.rows.size(); ++i) plan.rows[i].orphan = true;
  select_rows(plan, options, diagnostics);
  auto beside = by_host(plan);
  for (const std::size_t node : plan.graph.order()) {
    const std::string& name = plan.declarations[node].host;
    HostPlan* host = plan.host(name);
    const auto input = std::find_if(inputs.begin(), inputs.end(),
                                    [&](const HostInput& i) { return i.host == name; });
    if (host == nullptr || host->unreachable || input == inputs.end()) {
      const bool record = host != nullptr && record_refused(*host);
      plan.rows[node].unknown =
          Unknown{record ? "the record on " + name + " can't be used" : name + " is unreachable"};
      continue;
    }
    RowPlanner(plan, node, registry, beside[name]).plan(*input, *host, registry);
  }
  refuse_missing(plan, inputs, registry);
  refuse_needed(plan, inputs, registry);
  return plan;
}

}  // namespace holdfast
