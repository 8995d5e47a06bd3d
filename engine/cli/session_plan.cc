#include <algorithm>

#include "engine/api/servers.h"
#include "engine/check/tunnel.h"
#include "engine/cli/heed.h"
#include "engine/cli/hosts_held.h"
#include "engine/cli/inventory.h"
#include "engine/cli/output.h"
#include "engine/cli/own_host.h"
#include "engine/cli/session.h"
#include "engine/core/clock.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/history/place.h"
#include "engine/plan/credential_end.h"
#include "engine/plan/elsewhere.h"
#include "engine/plan/merge_names.h"
#include "engine/plan/select.h"
#include "engine/plan/servers.h"
#include "engine/template/template.h"
#include "engine/wiring/wiring.h"

namespace holdfast {
namespace {

/// Takes those out that are reached through the host.
std::vector<ServerQuery> take_behind(std::vector<ServerQuery>& asked) {
  const auto first =
      std::stable_partition(asked.begin(), asked.end(),
                            [](const ServerQuery& query) { return !query.server.through_host; });
  std::vector<ServerQuery> out(first, asked.end());
  asked.erase(first, asked.end());
  return out;
}

/// What is wrong with --tags and --target, as far as that is known without a host.
void check_choice_offline(const Catalog& catalog, PlanOptions options, Diagnostics& diagnostics) {
  if (catalog.left_out.anything) return;
  // What facts name may be what is meant.
  const bool named =
      std::none_of(catalog.declarations.begin(), catalog.declarations.end(),
                   [](const Declaration& d) { return Template::has_markup(d.resource.name); });
  if (!named) options.targets.clear();
  check_choice(catalog.declarations, options, diagnostics);
}

}  // namespace

std::vector<HostInput> Session::observe(const Catalog& catalog) {
  std::vector<HostInput> inputs(hosts_.size());
  std::vector<ServerFaults> faults(hosts_.size());
  const Heed heed;
  parallel_for(hosts_.size(), parallel(), [&](std::size_t i) {
    inputs[i].host = hosts_[i].name;
    if (!hosts_[i].host) {
      inputs[i].unreachable = hosts_[i].error;
      return;
    }
    auto seen = ask(hosts_[i], catalog.declarations, catalog.declarations, faults[i]);
    if (!seen) {
      inputs[i].unreachable = std::move(seen.error());
      hosts_[i].host.reset();
      return;
    }
    inputs[i].seen = std::move(*seen);
  });
  for (ServerFaults& found : faults) faults_.merge(found);
  return inputs;
}

/// A host, and the servers that its declarations live on. @param lenders  Whose credentials serve
/// those that have none.
Result<Seen> Session::ask(SessionHost& asked, const std::vector<Declaration>& declarations,
                          const std::vector<Declaration>& lenders, ServerFaults& faults) const {
  auto servers = server_queries_of(declarations, asked.name, registry_);
  for (ServerQuery& query : servers) lend_credential(query.server, asked.name, lenders, registry_);
  const std::vector<ServerQuery> behind = take_behind(servers);
  auto beside = ask_servers_beside(std::move(servers));
  auto seen = asked.host->observe(queries_of(declarations, asked.name, registry_), deadline());
  Replies replies = beside.get();
  if (!seen) return seen;
  seen->answers.add(replies.answers);
  faults.merge(replies.faults);
  auto further = further_queries_of(declarations, asked.name, registry_, seen->answers);
  for (ServerQuery& query : further) lend_credential(query.server, asked.name, lenders, registry_);
  further.insert(further.end(), behind.begin(), behind.end());
  replies = ask_each(further, &asked.host->connection());
  seen->answers.add(replies.answers);
  faults.merge(replies.faults);
  return seen;
}

Answers Session::server_answers(const Declaration& declaration,
                                const std::vector<Declaration>& lenders) {
  auto servers = server_queries_of({declaration}, declaration.host, registry_);
  for (ServerQuery& query : servers) {
    lend_credential(query.server, declaration.host, lenders, registry_);
  }
  const std::vector<ServerQuery> behind = take_behind(servers);
  auto beside = ask_servers_beside(std::move(servers));
  Answers out;
  for (const SessionHost& host : hosts_) {
    if (host.name == declaration.host && host.host)
      out.add(ask_each(behind, &host.host->connection()).answers);
  }
  out.add(beside.get().answers);
  return out;
}

/// Servers are asked while the host answers.
std::future<Session::Replies> Session::ask_servers_beside(std::vector<ServerQuery> queries) const {
  const auto how = queries.empty() ? std::launch::deferred : std::launch::async;
  return std::async(how, [this, asked = std::move(queries)] { return ask_each(asked, nullptr); });
}

/// @param connection  Of the calling thread's own host, for servers that are reached through it.
Session::Replies Session::ask_each(const std::vector<ServerQuery>& asked,
                                   Connection* connection) const {
  Replies out;
  if (asked.empty()) return out;
  if (trust_ == Trust::Untrusted) {
    leave_unasked(asked, "needs trust", out.answers);
    return out;
  }
  Reach reach{plain_contact([] { return watch_interrupts().load() == 0; })};
  if (connection != nullptr) {
    reach.tunnel = [connection] { return tunnel_transport(*connection, {}); };
  }
  out.faults = ask_servers(asked, registry_, reach, out.answers);
  return out;
}

PlanOptions Session::plan_options() const {
  PlanOptions out;
  out.tags.insert(options_.tags.begin(), options_.tags.end());
  out.targets = options_.targets;
  out.prune = options_.prune || retires_;
  out.judge_orphans = options_.tags.empty() && options_.targets.empty();
  out.all_manifests = whole_environment_ || retires_;
  return out;
}

Catalog Session::expand_offline(Diagnostics& diagnostics) const {
  Catalog catalog = manifests_->expand(inventory_, {}, diagnostics);
  if (!options_.limit.empty()) take_elsewhere(catalog);
  return catalog;
}

std::optional<Plan> Session::look_at(const std::set<std::string>& hosts,
                                     Diagnostics& diagnostics) const {
  Options asked = options_;
  asked.limit.assign(hosts.begin(), hosts.end());
  Session other(asked, registry_);
  other.only_looks_ = true;
  if (!other.load(trust_, diagnostics)) return std::nullopt;
  return other.plan({.judge_orphans = false}, diagnostics);
}

/// What is wrong with references and order.
void Session::check_order(const Catalog& catalog, Diagnostics& diagnostics) const {
  Diagnostics found;
  Graph::build(catalog.declarations, registry_, {}, found, catalog.left_out);
  manifests_->report(found, diagnostics);
}

/// What is wrong with what resources are to one another. With hosts, or a manifest's resources,
/// left out, what is there would look missing.
void Session::check_wiring(const Catalog& catalog, Diagnostics& diagnostics) const {
  if (!options_.limit.empty() || catalog.left_out.anything || diagnostics.failed()) return;
  Diagnostics found;
  follow_wiring(catalog.declarations, inventory_, registry_, found);
  manifests_->report(found, diagnostics);
}

/// Whether variables say how each host is reached.
void Session::check_ways(const Catalog& catalog, Diagnostics& diagnostics) const {
  Diagnostics found;
  for (const std::string& name : catalog.hosts) {
    auto settings = connection_settings(*inventory_.host(name));
    if (!settings) found.error(std::move(settings.error()));
  }
  manifests_->report(found, diagnostics);
}

std::optional<Catalog> Session::validate(Diagnostics& diagnostics) {
  if (!load(Trust::Offline, diagnostics) && !manifests_) return std::nullopt;
  if (!project_.history.empty()) {
    if (auto place = parse_history_place(project_.history, project_.folder); !place) {
      place.error().where = project_.history_where;
      diagnostics.error(std::move(place.error()));
    }
  }
  Catalog catalog = expand_offline(diagnostics);
  check_order(catalog, diagnostics);
  check_wiring(catalog, diagnostics);
  check_choice_offline(catalog, plan_options(), diagnostics);
  check_ways(catalog, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  return catalog;
}

std::optional<Plan> Session::plan(const PlanOptions& plan_options, Diagnostics& diagnostics) {
  std::optional<Plan> out = unordered_plan(plan_options, diagnostics);
  manifests_->report({}, diagnostics);
  return out;
}

/// Hosts that no manifest names any more, and that are looked at for what was made there.
std::set<std::string> Session::left_hosts(const PlanOptions& plan_options) const {
  if (only_looks_ || !plan_options.judge_orphans) return {};
  const auto scope = limited_hosts(inventory_, {}, options_.limit);
  if (!scope) return {};
  Diagnostics ignored;
  const std::vector<std::string> named = manifests_->hosts(inventory_, ignored);
  std::set<std::string> out(scope->begin(), scope->end());
  for (const std::string& name : named) out.erase(name);
  return retires_ || out.empty() ? out : hosts_held(*this, out);
}

/// Nothing is wanted of them: one that doesn't answer fails nothing.
void Session::drop_silent(const std::set<std::string>& left, std::vector<HostInput>& inputs,
                          Diagnostics& diagnostics) {
  for (std::size_t i = inputs.size(); i-- > 0;) {
    if (!inputs[i].unreachable || left.count(inputs[i].host) == 0) continue;
    diagnostics.warning({.code = Code::HostUnreachable,
                         .message = printable(inputs[i].host) +
                                    ", which no manifest names any more, can't be " +
                                    "looked at: " + inputs[i].unreachable->message,
                         .hint = "what was made there stays; `holdfast retire --gone " +
                                 printable(inputs[i].host) + "` and the inventory forget it"});
    inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(i));
    hosts_.erase(hosts_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

/// All that the record of a host names is an orphan then.
void Session::let_go(Catalog& catalog) {
  let_go_ = std::move(catalog.declarations);
  catalog.declarations.clear();
}

/// A record holds no secret: what is retired has those that manifests still state for it.
void Session::give_secrets(std::vector<Declaration>& retired) const {
  for (Declaration& declaration : retired) {
    for (const Declaration& stated : let_go_) {
      const bool same = stated.host == declaration.host &&
                        stated.resource.kind == declaration.resource.kind &&
                        stated.resource.name == declaration.resource.name;
      if (!same) continue;
      for (const auto& [name, value] : stated.resource.desired) {
        if (value.is_secret()) declaration.resource.desired.set(name, value);
      }
    }
  }
}

std::optional<Plan> Session::unordered_plan(const PlanOptions& plan_options,
                                            Diagnostics& diagnostics) {
  const std::set<std::string> left = left_hosts(plan_options);
  const std::vector<std::string> names = manifests_->hosts(inventory_, diagnostics, left);
  if (diagnostics.failed()) return std::nullopt;
  // Without facts everything that is wrong is known before a host is touched.
  const bool facts_first = manifests_->needs_facts();
  Catalog catalog;
  std::vector<Elsewhere> required;
  const auto expand = [&](const std::map<std::string, Value>& facts) {
    catalog = manifests_->expand(inventory_, facts, diagnostics, left);
    if (!options_.limit.empty()) required = take_elsewhere(catalog);
    check_order(catalog, diagnostics);
    check_wiring(catalog, diagnostics);
    return !diagnostics.failed();
  };
  if (!facts_first && !expand({})) return std::nullopt;
  if (!connect(names, diagnostics)) return std::nullopt;
  if (facts_first && !expand(gather_facts())) return std::nullopt;
  if (retires_) let_go(catalog);
  std::vector<HostInput> inputs = observe(catalog);
  if (!retires_) drop_silent(left, inputs, diagnostics);
  const auto first_name = join_names(inputs, diagnostics);
  merge_names(catalog, inputs, first_name, registry_, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  if (!options_.limit.empty()) own_through(catalog, inputs, same_way(), registry_);
  look_for_orphans(catalog, inputs, plan_options);
  std::optional<Plan> there;
  if (!required.empty() && !only_looks_) {
    std::set<std::string> hosts;
    for (const Elsewhere& wanted : required) hosts.insert(*wanted.reference.host);
    there = look_at(hosts, diagnostics);
    if (!there) return std::nullopt;
    know_elsewhere(catalog, *there, registry_);
  }
  if (!only_looks_) {
    warn_of_credentials(catalog.declarations, inputs, registry_, started_at_, diagnostics);
  }
  Plan plan =
      make_plan(std::move(catalog), std::move(inputs), registry_, plan_options, diagnostics);
  refuse_unanswered(plan, faults_, registry_);
  give_secrets(plan.declarations);
  if (there) judge_elsewhere(plan, required, *there, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  if (!only_looks_) mind_own_host(plan, hosts_, options_, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  fetch_texts(plan);
  return plan;
}

/// Orphans are known only once the host has shown its record, so what must be known of those that
/// go is asked after.
void Session::look_for_orphans(const Catalog& catalog, std::vector<HostInput>& inputs,
                               const PlanOptions& plan_options) {
  const bool renames = std::any_of(catalog.declarations.begin(), catalog.declarations.end(),
                                   [](const Declaration& d) { return d.was.has_value(); });
  if (!plan_options.judge_orphans || (!plan_options.prune && !renames)) return;
  std::vector<ServerFaults> faults(inputs.size());
  const Heed heed;
  parallel_for(inputs.size(), parallel(), [&](std::size_t i) {
    if (!hosts_[i].host || !inputs[i].seen.state) return;
    Result<HostState> state = *inputs[i].seen.state;
    if (!state) return;
    unseal(*state, inputs[i].seen.machine_id, inputs[i].host);
    auto gone =
        orphans(*state, catalog, names_of(inputs[i]), registry_, plan_options.all_manifests);
    std::erase_if(gone, [&](const Declaration& orphan) { return !goes(orphan, plan_options); });
    if (gone.empty()) return;
    give_secrets(gone);
    auto seen = ask(hosts_[i], gone, catalog.declarations, faults[i]);
    if (!seen) {
      inputs[i].unreachable = std::move(seen.error());
      return;
    }
    inputs[i].seen.answers.add(seen->answers);
  });
  for (ServerFaults& found : faults) faults_.merge(found);
}

void Session::fetch_texts(Plan& plan) {
  std::vector<Fetched> fetched(hosts_.size());
  std::vector<std::vector<TextQuery>> queries(hosts_.size());
  const Heed heed;
  parallel_for(hosts_.size(), parallel(), [&](std::size_t i) {
    if (!hosts_[i].host) return;
    const auto rows = plan.rows_of(hosts_[i].name);
    const bool changes = std::any_of(rows.begin(), rows.end(), [&](std::size_t row) {
      return plan.rows[row].changes() && plan.rows[row].change.before;
    });
    if (!changes) return;
    queries[i] = text_queries(plan, hosts_[i].name, registry_);
    auto texts = hosts_[i].host->fetch(queries[i], options_.show_private, deadline());
    if (texts) fetched[i] = std::move(*texts);
  });
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    add_texts(plan, hosts_[i].name, registry_, queries[i], fetched[i]);
  }
}

}  // namespace holdfast
