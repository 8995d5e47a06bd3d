#include <algorithm>
#include <tuple>

#include "engine/cli/ask_secret.h"
#include "engine/cli/glance.h"
#include "engine/cli/heed.h"
#include "engine/cli/session.h"
#include "engine/core/clock.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/manifest/retention.h"
#include "engine/observe/machines.h"

namespace holdfast {
namespace {

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

}  // namespace holdfast
