#include "engine/cli/session.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <tuple>

#include "engine/api/servers.h"
#include "engine/cli/ask_secret.h"
#include "engine/cli/glance.h"
#include "engine/cli/heed.h"
#include "engine/cli/output.h"
#include "engine/cli/own_host.h"
#include "engine/core/clock.h"
#include "engine/core/parallel.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/history/place.h"
#include "engine/manifest/confined.h"
#include "engine/manifest/retention.h"
#include "engine/manifest/trust_list.h"
#include "engine/observe/machines.h"
#include "engine/plan/elsewhere.h"
#include "engine/plan/merge_names.h"

namespace holdfast {
namespace {

constexpr int kDefaultParallel = 32;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// "owner/repository run 12 @sha" where the run is a CI job's.
std::string ci_text() {
  if (variable("GITHUB_ACTIONS") != "true") return {};
  return variable("GITHUB_REPOSITORY") + " run " + variable("GITHUB_RUN_ID") + " @" +
         variable("GITHUB_SHA");
}

/// Who runs this, whatever the environment says; by number where the machine has no name for it.
std::string own_user_name() {
  const passwd* entry = getpwuid(getuid());  // NOLINT(concurrency-mt-unsafe): one thread yet
  return entry != nullptr ? entry->pw_name : std::to_string(getuid());
}

std::string own_host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

Endpoint endpoint_of(const InventoryHost& host, const ConnectionSettings& settings) {
  Endpoint out;
  out.name = host.name;
  out.address = settings.address;
  out.port = settings.port;
  out.user = settings.user;
  out.identity_file = settings.identity_file;
  out.proxy_jump = settings.proxy_jump;
  if (settings.password) out.password = Secret(std::string(settings.password->bytes()));
  out.host_key = settings.host_key;
  out.ssh_options = settings.ssh_options;
  out.local = settings.transport == "local";
  return out;
}

}  // namespace

int Session::parallel() const {
  if (options_.parallel > 0) return options_.parallel;
  return project_.parallel.value_or(kDefaultParallel);
}

bool Session::choose_environment(Diagnostics& diagnostics) {
  environment_ = options_.environment.empty() ? project_.default_environment : options_.environment;
  const auto found = project_.environments.find(environment_);
  if (found == project_.environments.end()) {
    if (!options_.environment.empty()) {
      std::vector<std::string> names;
      for (const auto& [name, environment] : project_.environments) names.push_back(name);
      diagnostics.error({.code = Code::Usage,
                         .message = "there is no environment '" + printable(environment_) + "'",
                         .hint = did_you_mean(environment_, names)});
      return false;
    }
    environment_.clear();
  }
  const auto in_project = [&](const std::string& path) {
    return path.empty() || path.front() == '/' ? path : project_.folder + "/" + path;
  };
  const bool has = found != project_.environments.end();
  inventory_path_ = !options_.inventory.empty() ? options_.inventory
                    : has                       ? in_project(found->second.inventory)
                                                : "";
  manifest_paths_ = options_.manifests;
  if (manifest_paths_.empty() && has) {
    for (const std::string& path : found->second.manifests)
      manifest_paths_.push_back(in_project(path));
    whole_environment_ = true;
  }
  if (inventory_path_.empty()) {
    diagnostics.error(
        {.code = Code::Usage,
         .message = "which hosts? There is no inventory",
         .hint =
             "say -i INVENTORY, or name one in holdfast.yaml (`holdfast init` makes a project)"});
  }
  return !diagnostics.failed();
}

bool Session::load_project_only(Diagnostics& diagnostics) {
  std::error_code ignored;
  project_ = load_project(std::filesystem::current_path(ignored).string(), diagnostics);
  for (const std::string& pair : options_.retention) {
    if (auto set = set_retention(pair, project_.retention); !set)
      diagnostics.error(std::move(set.error()));
  }
  return !diagnostics.failed();
}

bool Session::load_inventory_only(Diagnostics& diagnostics) {
  if (!load_project_only(diagnostics) || !choose_environment(diagnostics)) return false;
  if (trust_ == Trust::Untrusted && !confine(diagnostics)) return false;
  inventory_ = load_inventory(inventory_path_, diagnostics, trust_ == Trust::Full);
  return !diagnostics.failed();
}

/// A project of strangers: everything that is read lies in it, or in the folder of an inventory
/// that whoever runs this has named.
bool Session::confine(Diagnostics& diagnostics) const {
  const auto refuse = [&](const std::string& top, const std::vector<std::string>& paths) {
    for (Error& error : leading_out(top, paths)) diagnostics.error(std::move(error));
  };
  std::vector<std::string> own{project_.folder + "/holdfast.yaml"};
  for (const std::string& folder : project_.module_path) {
    own.push_back(folder.front() == '/' ? folder : project_.folder + "/" + folder);
  }
  if (options_.manifests.empty()) {
    own.insert(own.end(), manifest_paths_.begin(), manifest_paths_.end());
  }
  if (options_.inventory.empty()) {
    own.push_back(inventory_path_);
  } else {
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(inventory_path_, ignored);
    const std::string around = parent_path(std::filesystem::absolute(inventory_path_).string());
    refuse(folder ? inventory_path_ : around, {inventory_path_});
  }
  refuse(project_.folder, own);
  return !diagnostics.failed();
}

/// The way to a host may be a program of the inventory's, and the host this machine itself.
void Session::refuse_untrusted_way(const InventoryHost& host, const ConnectionSettings& settings,
                                   Diagnostics& diagnostics) const {
  if (trust_ == Trust::Full) return;
  const std::vector<std::string> programs = programs_on_the_way(settings);
  const bool own = trust_ == Trust::Untrusted && settings.transport == "local";
  if (programs.empty() && !own) return;
  diagnostics.error({.code = Code::TagNeedsTrust,
                     .message = own ? "host '" + printable(host.name) +
                                          "' is this machine itself, whose files are no stranger's"
                                    : "'" + printable(programs.front()) +
                                          "' would run on this machine, on the way to '" +
                                          printable(host.name) + "'",
                     .where = host.where,
                     .hint = own ? "plan it without --untrusted"
                                 : "trust this project on this machine: `holdfast trust`"});
}

bool Session::load(Trust trust, Diagnostics& diagnostics) {
  trust_ = trust;
  if (!load_inventory_only(diagnostics)) return false;
  if (manifest_paths_.empty()) {
    diagnostics.error({.code = Code::Usage,
                       .message = "what should the hosts be? There is no manifest",
                       .hint = "name manifests on the command line, or in holdfast.yaml"});
    return false;
  }
  if (will_connect_ && trust != Trust::Untrusted) reach_out();
  LoadOptions load;
  load.trust = trust;
  load.environment = environment_;
  load.limit = options_.limit;
  for (const std::string& pair : options_.set) {
    const auto at = pair.find('=');
    if (at == std::string::npos) {
      diagnostics.error({.code = Code::Usage,
                         .message = "--set takes NAME=VALUE, not '" + printable(pair) + "'"});
      continue;
    }
    load.set[pair.substr(0, at)] = pair.substr(at + 1);
  }
  manifests_ = ManifestSet::load(manifest_paths_, project_, registry_, load, diagnostics);
  if (!diagnostics.failed()) return true;
  // What else is wrong is told with it; nothing runs for that.
  load.trust = Trust::Offline;
  if (trust != Trust::Offline) {
    manifests_ = ManifestSet::load(manifest_paths_, project_, registry_, load, diagnostics);
  }
  check_order(expand_offline(diagnostics), diagnostics);
  return false;
}

Dialer& Session::dialer() {
  if (!dialer_) {
    ConnectPolicy policy;
    policy.timeout = std::chrono::seconds(options_.connect_timeout);
    policy.ssh_config = options_.ssh_config;
    policy.known_hosts = options_.known_hosts;
    policy.ask_password = ask_secret(options_.ask_password, options_.password_command);
    dialer_ = make_dialer(policy);
  }
  return *dialer_;
}

/// While manifests are read, the hosts that they probably name start an sshd for us.
void Session::reach_out() {
  std::vector<std::string> names = glance_at_hosts(manifest_paths_, options_.limit, inventory_);
  if (names.size() > static_cast<std::size_t>(parallel())) return;
  std::vector<Endpoint> endpoints;
  for (const std::string& name : names) {
    const InventoryHost& host = *inventory_.host(name);
    if (const auto settings = connection_settings(host)) {
      endpoints.push_back(endpoint_of(host, *settings));
    }
  }
  dialer().head_start(endpoints);
}

bool Session::connect(const std::vector<std::string>& names, Diagnostics& diagnostics) {
  if (diagnostics.failed()) return false;
  const AskSecret ask_sudo =
      ask_secret(options_.ask_become_password, options_.become_password_command);
  std::vector<Endpoint> endpoints;
  std::vector<Escalation> escalations;
  for (const std::string& name : names) {
    const InventoryHost& host = *inventory_.host(name);
    auto settings = connection_settings(host);
    if (!settings) {
      diagnostics.error(std::move(settings.error()));
      continue;
    }
    refuse_untrusted_way(host, *settings, diagnostics);
    endpoints.push_back(endpoint_of(host, *settings));
    Escalation escalation{.become = settings->become, .user = settings->become_user};
    if (settings->become_password)
      escalation.password = Secret(std::string(settings->become_password->bytes()));
    escalation.ask_password = ask_sudo;
    escalations.push_back(std::move(escalation));
    hosts_.push_back({name, nullptr, {}});
  }
  if (diagnostics.failed()) return false;
  Dialer& dialer = this->dialer();
  parallel_for(endpoints.size(), parallel(), [&](std::size_t i) {
    auto connected =
        RemoteHost::connect(dialer, endpoints[i], escalations[i], registry_, deadline());
    if (connected) {
      hosts_[i].host = std::move(*connected);
      hosts_[i].host->heed(Heed::heard());
      if (trust_ == Trust::Untrusted) hosts_[i].host->run_no_code();
    } else {
      hosts_[i].error = std::move(connected.error());
    }
  });
  return true;
}

std::map<std::string, Value> Session::gather_facts() {
  std::map<std::string, Value> out;
  std::vector<Value> facts(hosts_.size());
  const Heed heed;
  parallel_for(hosts_.size(), parallel(), [&](std::size_t i) {
    if (!hosts_[i].host) return;
    auto answer = hosts_[i].host->facts(deadline());
    if (answer) {
      facts[i] = std::move(*answer);
    } else {
      hosts_[i].error = std::move(answer.error());
      hosts_[i].host.reset();
    }
  });
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[i].host) out[hosts_[i].name] = facts[i];
  }
  return out;
}

std::vector<HostInput> Session::observe(const Catalog& catalog) {
  std::vector<HostInput> inputs(hosts_.size());
  const Heed heed;
  parallel_for(hosts_.size(), parallel(), [&](std::size_t i) {
    inputs[i].host = hosts_[i].name;
    if (!hosts_[i].host) {
      inputs[i].unreachable = hosts_[i].error;
      return;
    }
    auto queries = queries_of(catalog.declarations, hosts_[i].name, registry_);
    auto servers =
        ask_servers_beside(server_queries_of(catalog.declarations, hosts_[i].name, registry_));
    auto seen = hosts_[i].host->observe(queries, deadline());
    const Answers answers = servers.get();
    if (!seen) {
      inputs[i].unreachable = std::move(seen.error());
      hosts_[i].host.reset();
      return;
    }
    inputs[i].seen = std::move(*seen);
    inputs[i].seen.answers.add(answers);
  });
  return inputs;
}

/// Servers are asked while the host answers.
std::future<Answers> Session::ask_servers_beside(std::vector<ServerQuery> queries) const {
  const auto how = queries.empty() ? std::launch::deferred : std::launch::async;
  return std::async(how, [this, asked = std::move(queries)] {
    Answers out;
    if (trust_ == Trust::Untrusted) {
      leave_unasked(asked, "needs trust", out);
      return out;
    }
    const Contact contact{.transport = [] { return curl_transport({}); },
                          .go_on = [] { return watch_interrupts().load() == 0; },
                          .may_wait = [] { return watch_interrupts().load() == 0; }};
    ask_servers(asked, registry_, contact, out);
    return out;
  });
}

PlanOptions Session::plan_options() const {
  PlanOptions out;
  out.tags.insert(options_.tags.begin(), options_.tags.end());
  out.targets = options_.targets;
  out.prune = options_.prune;
  out.judge_orphans = options_.tags.empty() && options_.targets.empty();
  out.all_manifests = whole_environment_;
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
  if (diagnostics.failed()) return std::nullopt;
  return catalog;
}

std::optional<Plan> Session::plan(const PlanOptions& plan_options, Diagnostics& diagnostics) {
  std::optional<Plan> out = unordered_plan(plan_options, diagnostics);
  manifests_->report({}, diagnostics);
  return out;
}

std::optional<Plan> Session::unordered_plan(const PlanOptions& plan_options,
                                            Diagnostics& diagnostics) {
  const std::vector<std::string> names = manifests_->hosts(inventory_, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  // Without facts everything that is wrong is known before a host is touched.
  const bool facts_first = manifests_->needs_facts();
  Catalog catalog;
  std::vector<Elsewhere> required;
  if (!facts_first) {
    catalog = manifests_->expand(inventory_, {}, diagnostics);
    if (!options_.limit.empty()) required = take_elsewhere(catalog);
    check_order(catalog, diagnostics);
    if (diagnostics.failed()) return std::nullopt;
  }
  if (!connect(names, diagnostics)) return std::nullopt;
  if (facts_first) {
    catalog = manifests_->expand(inventory_, gather_facts(), diagnostics);
    if (!options_.limit.empty()) required = take_elsewhere(catalog);
    check_order(catalog, diagnostics);
    if (diagnostics.failed()) return std::nullopt;
  }
  std::vector<HostInput> inputs = observe(catalog);
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
  Plan plan =
      make_plan(std::move(catalog), std::move(inputs), registry_, plan_options, diagnostics);
  if (there) judge_elsewhere(plan, required, *there, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  if (!only_looks_) mind_own_host(plan, hosts_, options_, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  fetch_texts(plan);
  return plan;
}

/// Names that --limit leaves out, and that lead where a host of the run is.
SameWay Session::same_way() const {
  std::map<std::tuple<std::string, int, std::string, std::vector<std::string>>,
           std::set<std::string>>
      ways;
  for (const InventoryHost& host : inventory_.hosts()) {
    const auto settings = connection_settings(host);
    if (!settings) continue;
    ways[{settings->address, settings->port.value_or(22), settings->proxy_jump.value_or(""),
          settings->ssh_options}]
        .insert(host.name);
  }
  SameWay out;
  for (const SessionHost& host : hosts_) {
    for (const auto& [way, names] : ways) {
      if (names.size() > 1 && names.count(host.name) > 0) out[host.name] = names;
    }
  }
  return out;
}

/// Orphans are known only once the host has shown its record, so what must be known of those that
/// go is asked after.
void Session::look_for_orphans(const Catalog& catalog, std::vector<HostInput>& inputs,
                               const PlanOptions& plan_options) {
  const bool renames = std::any_of(catalog.declarations.begin(), catalog.declarations.end(),
                                   [](const Declaration& d) { return d.was.has_value(); });
  if (!plan_options.judge_orphans || (!plan_options.prune && !renames)) return;
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
    auto seen = hosts_[i].host->observe(queries_of(gone, inputs[i].host, registry_), deadline());
    if (!seen) {
      inputs[i].unreachable = std::move(seen.error());
      return;
    }
    inputs[i].seen.answers.add(seen->answers);
  });
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

std::map<std::string, std::string> Session::join_names(const std::vector<HostInput>& inputs,
                                                       Diagnostics& diagnostics) {
  std::vector<Sighting> sightings;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const InventoryHost* named = inventory_.host(hosts_[i].name);
    sightings.push_back({hosts_[i].host.get(), inputs[i].seen.machine_id, inputs[i].seen.boot_id,
                         named == nullptr ? Position{} : named->where});
  }
  const std::vector<std::size_t> machines = find_machines(sightings, deadline(), diagnostics);
  std::map<std::string, std::string> first_name;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (machines[i] == i) continue;
    first_name[hosts_[i].name] = hosts_[machines[i]].name;
    hosts_[machines[i]].others.push_back(std::move(hosts_[i].host));
  }
  std::erase_if(hosts_, [&](const SessionHost& host) { return first_name.count(host.name) > 0; });
  return first_name;
}

void Session::join_names(Diagnostics& diagnostics) {
  std::vector<Host*> answered;
  for (const SessionHost& host : hosts_) answered.push_back(host.host.get());
  const std::vector<bool> asked = share_a_key(answered);
  std::vector<HostInput> inputs(hosts_.size());
  const Heed heed;
  parallel_for(hosts_.size(), parallel(), [&](std::size_t i) {
    if (!asked[i]) return;
    auto seen = hosts_[i].host->observe({}, deadline());
    if (seen) {
      inputs[i].seen = std::move(*seen);
    } else {
      hosts_[i].error = std::move(seen.error());
      hosts_[i].host.reset();
    }
  });
  join_names(inputs, diagnostics);
}

std::map<std::string, Runner*> Session::runners() {
  std::map<std::string, Runner*> out;
  runners_.clear();
  for (SessionHost& host : hosts_) {
    if (!host.host) continue;
    std::vector<RemoteHost*> others;
    for (const auto& other : host.others) others.push_back(other.get());
    runners_.push_back(
        std::make_unique<RemoteRunner>(*host.host, std::move(others), project_.retention));
    out[host.name] = runners_.back().get();
  }
  return out;
}

std::vector<std::string> Session::scope(Diagnostics& diagnostics) const {
  const std::string pattern = options_.limit.empty() ? "all" : join(options_.limit, ",");
  auto names = inventory_.select(pattern);
  if (names) return std::move(*names);
  diagnostics.error(std::move(names.error()));
  return {};
}

std::optional<std::string> Session::silent_host() const {
  for (const SessionHost& host : hosts_) {
    if (!host.host && host.error) return host.name;
  }
  return std::nullopt;
}

void Session::add_unreachable(Outcome& outcome) const {
  for (const SessionHost& host : hosts_) {
    if (host.host || !host.error) continue;
    HostOutcome end;
    end.host = host.name;
    end.end = HostEnd::Unreachable;
    end.error = host.error;
    outcome.hosts.push_back(std::move(end));
  }
}

std::vector<std::string> Session::things_to_trust() const {
  Diagnostics ignored;
  std::vector<std::string> files = expand_offline(ignored).inputs;
  for (const std::string& path : manifest_paths_) {
    files.push_back(std::filesystem::absolute(path).string());
  }
  std::vector<std::string> out = trust_list(project_, files, inventory_path_);
  std::set<std::string> ways;
  for (const InventoryHost& host : inventory_.hosts()) {
    const auto settings = connection_settings(host);
    if (!settings) continue;
    for (const std::string& program : programs_on_the_way(*settings)) {
      ways.insert("on the way to hosts: " + printable(program));
    }
  }
  out.insert(out.end(), ways.begin(), ways.end());
  // What is no place may hold a password, and is refused where it is used.
  const auto history = parse_history_place(project_.history, project_.folder);
  if (history && history->kind != HistoryPlace::Kind::None) {
    out.push_back("history: " + printable(history->text()));
  }
  return out;
}

PlanRequest Session::saved_request() const {
  return {project_.folder, environment_,     options_.inventory, options_.manifests, options_.limit,
          options_.tags,   options_.targets, options_.set,       options_.prune};
}

RunMeta Session::meta(const std::string& command) const {
  RunMeta meta;
  meta.id = new_run_id();
  meta.command = command;
  meta.user = own_user_name();
  meta.from = own_host_name();
  meta.ci = ci_text();
  meta.started = now_text();
  meta.project = project_.name;
  meta.environment = environment_;
  return meta;
}

}  // namespace holdfast
