#include "tests/support/fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "engine/api/servers.h"
#include "engine/plan/elsewhere.h"
#include "engine/plan/own_host.h"
#include "engine/plan/servers.h"
#include "engine/report/error_text.h"

namespace holdfast {

void Diary::add(std::string line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<std::string> Diary::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

void Diary::clear() {
  const std::lock_guard lock(mutex_);
  lines_.clear();
}

bool Diary::wait_for(const std::string& line) const {
  for (int tries = 0; tries < 10000; ++tries) {
    const std::vector<std::string> all = lines();
    if (std::find(all.begin(), all.end(), line) != all.end()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

Fleet::Fleet(const std::string& text, Registry (*kinds)()) : site_(kinds()), registry_(kinds()) {
  manifest(text);
  for (const char* name : {"h1", "h2", "h3"}) {
    runners_[name] = std::make_unique<FakeRunner>(registry_);
    runners_[name]->machine = std::string("machine-") + name;
  }
}

Plan Fleet::plan(const PlanOptions& options, Diagnostics* wrong) {
  return plan_of(expand({}), options, wrong);
}

Plan Fleet::plan_within(const std::string& limit, const std::string& looked_at) {
  Diagnostics wrong;
  const Plan there = look_at(looked_at);
  Catalog catalog = expand({limit});
  const std::vector<Elsewhere> required = take_elsewhere(catalog);
  know_elsewhere(catalog, there, registry_);
  Plan plan = plan_of(std::move(catalog), {}, nullptr);
  judge_elsewhere(plan, required, there, wrong);
  EXPECT_EQ(errors_text(wrong, false), "");
  return plan;
}

Plan Fleet::look_at(const std::string& host) {
  Catalog catalog = expand({host});
  take_elsewhere(catalog);
  return plan_of(std::move(catalog), {.judge_orphans = false}, nullptr);
}

Catalog Fleet::expand(const std::vector<std::string>& limit) {
  site_.diagnostics = {};
  site_.options.limit = limit;
  Catalog catalog = site_.expand();
  EXPECT_EQ(site_.errors(), "");
  return catalog;
}

Plan Fleet::plan_of(Catalog catalog, const PlanOptions& options, Diagnostics* wrong) {
  Diagnostics own;
  ServerFaults faults;
  std::vector<HostInput> inputs;
  for (const std::string& name : catalog.hosts) {
    FakeRunner& runner = *runners_.at(name);
    std::vector<Query> queries = queries_of(catalog.declarations, name, registry_);
    std::vector<ServerQuery> servers = server_queries_of(catalog.declarations, name, registry_);
    if (const auto state = parse_state(runner.state.value_or(""))) {
      const auto gone = orphans(*state, catalog, {name}, registry_, options.all_manifests);
      for (Query& query : queries_of(gone, name, registry_)) queries.push_back(std::move(query));
      for (ServerQuery& query : server_queries_of(gone, name, registry_)) {
        lend_credential(query.server, name, catalog.declarations, registry_);
        servers.push_back(std::move(query));
      }
    }
    HostInput input{.host = name};
    if (auto seen = runner.observe(queries)) {
      input.seen = std::move(*seen);
      faults.merge(ask_servers(servers, registry_, {}, input.seen.answers));
      const auto further =
          further_queries_of(catalog.declarations, name, registry_, input.seen.answers);
      faults.merge(ask_servers(further, registry_, {}, input.seen.answers));
    } else {
      input.unreachable = std::move(seen.error());
    }
    inputs.push_back(std::move(input));
  }
  Plan plan = make_plan(std::move(catalog), inputs, registry_, options, wrong ? *wrong : own);
  EXPECT_EQ(errors_text(own, false), "");
  refuse_unanswered(plan, faults, registry_);
  for (HostPlan& host : plan.hosts) {
    if (needs_footing(plan, host)) stand_on(plan, host, runners_.at(host.host)->footing);
  }
  set_turns(plan, ways);
  return plan;
}

std::map<std::string, Runner*> Fleet::runners() {
  std::map<std::string, Runner*> out;
  for (const auto& [name, runner] : runners_) out[name] = runner.get();
  return out;
}

RehearsalReport Fleet::rehearse(const Plan& plan, const std::atomic<int>* interrupts) {
  return holdfast::rehearse(plan, runners(), registry_, {.interrupts = interrupts});
}

Outcome Fleet::apply(const Plan& plan, ApplyOptions options) {
  options.meta.id = "run-" + std::to_string(++runs_);
  // A host in memory ends its run at once.
  options.patience = std::chrono::seconds(0);
  if (options.lease == ApplyOptions().lease) options.lease = std::chrono::seconds(0);
  return holdfast::apply(plan, runners(), registry_, options, diary_);
}

void Fleet::settle(const PlanOptions& options) {
  for (const HostOutcome& host : apply(plan(options)).hosts) {
    EXPECT_TRUE(host.end == HostEnd::Applied || host.end == HostEnd::Unchanged)
        << host.host << ": " << (host.error ? host.error->message : "");
  }
  diary_.clear();
}

Outcome Fleet::roll_back(RollbackOptions options) {
  return roll_back(std::move(options), runners());
}

Outcome Fleet::roll_back(RollbackOptions options, const std::map<std::string, Runner*>& hosts) {
  // A host in memory ends its run at once.
  options.lease = options.patience = std::chrono::seconds(0);
  for (const auto& [name, runner] : runners_) {
    if (runner->own) options.stands_on[name] = runner->footing.units;
    options.machines[name] = runner->machine;
  }
  for (const auto& [name, jumps] : ways) {
    for (const std::string& jump : jumps) options.ways.put_after(jump, name);
  }
  options.meta.id = "run-" + std::to_string(++runs_);
  options.meta.command = "rollback";
  return holdfast::roll_back(hosts, options, diary_);
}

std::string Fleet::snapshot() const {
  std::string out;
  for (const auto& [name, runner] : runners_) out += name + ":\n" + runner->host.snapshot();
  return out;
}

HostState Fleet::state(const std::string& host) const {
  auto state = parse_state(runners_.at(host)->state.value_or(""));
  EXPECT_TRUE(state) << host << " has no record";
  return state ? *state : HostState{};
}

std::vector<std::string> told(const Plan& plan) {
  static constexpr const char* kVerbs[] = {"keep", "create", "update", "replace", "delete", "run"};
  std::vector<std::string> out;
  for (const std::size_t node : plan.graph.order()) {
    const Row& row = plan.rows[node];
    std::string line = plan.declarations[node].host + " " +
                       kVerbs[static_cast<std::size_t>(row.change.action)] + " " +
                       plan.declarations[node].resource.address();
    if (!row.change.reason.empty()) line += ": " + row.change.reason;
    if (row.adopt) line += " (adopt)";
    if (row.unknown) line += " (unknown: " + row.unknown->cause + ")";
    if (row.refused) line += " (refused)";
    if (row.changes() || row.adopt || row.unknown || row.refused) out.push_back(line);
  }
  return out;
}

std::size_t row_of(const Plan& plan, const std::string& host, const std::string& address) {
  for (std::size_t i = 0; i < plan.declarations.size(); ++i) {
    if (plan.declarations[i].host == host && plan.declarations[i].resource.address() == address)
      return i;
  }
  ADD_FAILURE() << "no row " << host << " " << address;
  return 0;
}

const HostOutcome& end_of(const Outcome& outcome, const std::string& host) {
  static const HostOutcome kNone;
  for (const HostOutcome& one : outcome.hosts) {
    if (one.host == host) return one;
  }
  ADD_FAILURE() << host << " has no outcome";
  return kNone;
}

}  // namespace holdfast
