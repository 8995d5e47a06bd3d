#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/api/servers.h"
#include "engine/apply/apply.h"
#include "engine/apply/remote_runner.h"
#include "engine/cli/options.h"
#include "engine/core/clock.h"
#include "engine/inventory/inventory.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/project.h"
#include "engine/plan/merge_names.h"
#include "engine/plan/plan.h"
#include "engine/plan/saved.h"
#include "engine/report/plan_beside.h"

namespace holdfast {

/// One host of a run and the way to it.
struct SessionHost {
  std::string name;
  std::unique_ptr<RemoteHost> host;  ///< None where it could not be reached.
  std::optional<Error> error{};
  std::vector<std::unique_ptr<RemoteHost>> others{};  ///< Logins through its other names.
};

/// What every command that works on a project shares, step by step: files, hosts, facts, wishes,
/// answers, plan.
class Session {
 public:
  Session(const Options& options, const Registry& registry)
      : options_(options), registry_(registry) {}

  /// Its hosts are to be rid of all that this project and environment made there: no manifest is to
  /// want anything of them any more. To be said before `plan`.
  void retire() { retires_ = true; }
  /// Hosts will be connected to: whatever can begin while `load` reads, may.
  void will_connect() { will_connect_ = true; }
  /// Project, inventory and manifests. False: `diagnostics` say why not.
  bool load(Trust trust, Diagnostics& diagnostics);
  /// Only holdfast.yaml.
  bool load_project_only(Diagnostics& diagnostics);
  /// Only the project and its inventory.
  bool load_inventory_only(Diagnostics& diagnostics);
  /// The same, expressions in the ways to hosts left as they are.
  bool load_inventory_as_written(Diagnostics& diagnostics);
  /// Connects to all hosts in scope, side by side; one that can't be reached is remembered as such.
  bool connect(const std::vector<std::string>& names, Diagnostics& diagnostics);
  /// From manifests to a plan: connect, facts where they are used, expand, observe, compare, fetch
  /// old texts.
  std::optional<Plan> plan(const PlanOptions& plan_options, Diagnostics& diagnostics);
  /// All errors that can be found without a host, at once, as far as `load` lets look.
  std::optional<Catalog> validate(Diagnostics& diagnostics);
  /// Everything that can be said without a host.
  Catalog expand_offline(Diagnostics& diagnostics) const;

  const Options& options() const { return options_; }
  const Registry& registry() const { return registry_; }
  const Project& project() const { return project_; }
  const std::string& environment() const { return environment_; }
  const Inventory& inventory() const { return inventory_; }
  const ManifestSet& manifests() const { return *manifests_; }
  std::vector<SessionHost>& hosts() { return hosts_; }
  int parallel() const;
  std::map<std::string, Runner*> runners();
  /// For commands without manifests: the inventory's hosts that --limit leaves, of those that
  /// patterns name (none: of all).
  std::vector<std::string> scope(Diagnostics& diagnostics,
                                 const std::vector<std::string>& patterns = {}) const;
  /// Facts of every host that answers; the others are marked unreachable.
  std::map<std::string, Value> gather_facts();
  /// What servers say of one resource, asked as for a plan; its host is connected.
  /// @param lenders  Whose credentials serve those that have none.
  Answers server_answers(const Declaration& declaration, const std::vector<Declaration>& lenders);
  /// Finds the names that lead to one machine, and leaves each machine its first one. Returns the
  /// first name of each of the others. @param inputs  What the hosts said; of hosts that were not
  /// asked yet, nothing.
  std::map<std::string, std::string> join_names(const std::vector<HostInput>& inputs,
                                                Diagnostics& diagnostics);
  /// The same for a command that asks nothing else.
  void join_names(Diagnostics& diagnostics);
  void add_unreachable(Outcome& outcome) const;
  /// The first host that could not be reached.
  std::optional<std::string> silent_host() const;
  /// What the loaded project would do on this machine, if it were let.
  std::vector<std::string> things_to_trust() const;
  PlanRequest saved_request() const;
  /// The secret inputs of the loaded project that --set gives.
  std::vector<std::string> secrets_set() const;
  RunMeta meta(const std::string& command) const;
  /// Of a command that opens no run, as it shows itself while it holds a host.
  RunMeta holder(const std::string& command) const;
  /// How far the project's files were let reach when they were loaded.
  Trust trust() const { return trust_; }
  /// When it began to look at hosts.
  std::int64_t started_at() const { return started_at_; }
  PlanOptions plan_options() const;
  /// What is told with its plan.
  PlanBeside& beside() { return beside_; }
  const PlanBeside& beside() const { return beside_; }

 private:
  /// What `plan` does; errors are told in the order that they were found in.
  std::optional<Plan> unordered_plan(const PlanOptions& plan_options, Diagnostics& diagnostics);
  void check_order(const Catalog& catalog, Diagnostics& diagnostics) const;
  void check_wiring(const Catalog& catalog, Diagnostics& diagnostics) const;
  void check_ways(const Catalog& catalog, Diagnostics& diagnostics) const;
  Dialer& dialer();
  void reach_out();
  bool choose_environment(Diagnostics& diagnostics);
  bool confine(Diagnostics& diagnostics) const;
  void refuse_untrusted_way(const InventoryHost& host, const ConnectionSettings& settings,
                            Diagnostics& diagnostics) const;
  /// What hosts that --limit leaves out are like; a plan that nobody carries out.
  std::optional<Plan> look_at(const std::set<std::string>& hosts, Diagnostics& diagnostics) const;
  std::set<std::string> left_hosts(const PlanOptions& plan_options) const;
  void drop_silent(const std::set<std::string>& left, std::vector<HostInput>& inputs,
                   Diagnostics& diagnostics);
  std::vector<HostInput> observe(const Catalog& catalog);
  void let_go(Catalog& catalog);
  void give_secrets(std::vector<Declaration>& retired) const;
  /// What servers said, and why others didn't.
  struct Replies {
    Answers answers;
    ServerFaults faults;
  };
  Result<Seen> ask(SessionHost& asked, const std::vector<Declaration>& declarations,
                   const std::vector<Declaration>& lenders, ServerFaults& faults) const;
  std::future<Replies> ask_servers_beside(std::vector<ServerQuery> queries) const;
  Replies ask_each(const std::vector<ServerQuery>& asked, Connection* connection) const;
  void look_for_orphans(const Catalog& catalog, std::vector<HostInput>& inputs,
                        const PlanOptions& plan_options);
  void fetch_texts(Plan& plan);
  SameWay same_way() const;
  Deadline deadline() const { return Clock::now() + std::chrono::seconds(options_.timeout); }

  const Options& options_;
  const Registry& registry_;
  std::int64_t started_at_ = unix_time();
  Project project_;
  std::string environment_;
  std::string inventory_path_;
  std::vector<std::string> manifest_paths_;
  bool whole_environment_ = false;
  bool will_connect_ = false;
  bool retires_ = false;
  ServerFaults faults_;              ///< Of servers, while hosts were looked at.
  std::vector<Declaration> let_go_;  ///< What manifests still say of hosts that are retired.
  bool only_looks_ = false;          ///< On behalf of another session.
  Trust trust_ = Trust::Limited;
  Inventory inventory_;
  std::optional<ManifestSet> manifests_;
  std::unique_ptr<Dialer> dialer_;
  std::vector<SessionHost> hosts_;
  std::vector<std::unique_ptr<RemoteRunner>> runners_;
  PlanBeside beside_;
};

}  // namespace holdfast
