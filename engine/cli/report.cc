#include <unistd.h>

#include <map>

#include "engine/cli/ask_history.h"
#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/core/text.h"
#include "engine/report/fleet_report.h"

namespace holdfast {
namespace {

/// Project, environment.
using ManifestOwner = std::pair<std::string, std::string>;

/// The newest that is known of each host.
struct Known {
  std::map<ManifestOwner, std::map<std::string, DriftEntry>> looks{};
  std::map<ManifestOwner, std::map<std::string, RunEntry>> runs{};
};

Result<Known> newest(History& history) {
  Known out;
  HF_TRY(std::vector<DriftEntry> looks, history.drift({.latest = true}));
  HF_TRY(std::vector<RunEntry> runs, history.runs({.latest = true}));
  // Newest first: the first of each stays.
  for (DriftEntry& e : looks) {
    out.looks[{e.by.project, e.by.environment}].emplace(e.host, std::move(e));
  }
  for (RunEntry& e : runs) {
    out.runs[{e.by.project, e.by.environment}].emplace(e.host, std::move(e));
  }
  return out;
}

template <class Entry>
std::optional<Entry> entry_of(const std::map<std::string, Entry>& entries,
                              const std::string& host) {
  const auto found = entries.find(printable(host));
  return found == entries.end() ? std::nullopt : std::optional(found->second);
}

FleetReport fleet(Known& known, const ManifestOwner& owner, const std::vector<std::string>& hosts) {
  FleetReport out{.project = owner.first, .environment = owner.second};
  for (const std::string& host : hosts) {
    out.hosts.push_back(
        judge(host, entry_of(known.looks[owner], host), entry_of(known.runs[owner], host)));
  }
  return out;
}

/// Where no inventory says which hosts there are: all that the history knows.
std::vector<FleetReport> whole_history(Known& known) {
  std::map<ManifestOwner, std::map<std::string, bool>> hosts;
  for (const auto& [owner, looks] : known.looks) {
    for (const auto& [host, look] : looks) hosts[owner][host] = true;
  }
  for (const auto& [owner, runs] : known.runs) {
    for (const auto& [host, run] : runs) hosts[owner][host] = true;
  }
  std::vector<FleetReport> out;
  for (const auto& [owner, named] : hosts) {
    std::vector<std::string> names;
    for (const auto& [host, there] : named) names.push_back(host);
    out.push_back(fleet(known, owner, names));
  }
  return out;
}

std::optional<std::vector<FleetReport>> gather(const Options& options, const Registry& registry,
                                               Diagnostics& diagnostics) {
  Session session(options, registry);
  Diagnostics project;
  if (!session.load_project_only(project)) {
    diagnostics = std::move(project);
    return std::nullopt;
  }
  const bool whole = options.inventory.empty() && options.environment.empty() &&
                     options.limit.empty() && session.project().environments.empty();
  std::vector<std::string> hosts;
  if (!whole && session.load_inventory_only(diagnostics)) hosts = session.scope(diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  const auto ask = [&]() -> Result<Known> {
    HF_TRY(const std::unique_ptr<History> history, read_history(session));
    return history ? newest(*history) : Known{};
  };
  auto known = ask();
  if (!known) {
    diagnostics.error(std::move(known.error()));
    return std::nullopt;
  }
  if (whole) return whole_history(*known);
  return std::vector{fleet(*known, {session.project().name, session.environment()}, hosts)};
}

}  // namespace

int report_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  const auto fleets = gather(options, registry, diagnostics);
  complain(options, diagnostics);
  if (!fleets) return failed_exit(diagnostics);
  if (options.junit == "-") {
    // Only that: a program reads it.
  } else if (options.json) {
    say(fleet_json(*fleets));
  } else if (options.format == "markdown") {
    say(fleet_markdown(*fleets));
  } else {
    say(fleet_text(*fleets, Ink(use_colour(options, STDOUT_FILENO))));
    if (options.format == "github")
      hand_to_workflow("GITHUB_STEP_SUMMARY", fleet_markdown(*fleets));
  }
  if (!options.junit.empty() && !keep_junit(options, fleet_junit(*fleets))) {
    return static_cast<int>(Exit::Failed);
  }
  return static_cast<int>(options.detailed_exitcode ? exit_of(*fleets) : Exit::Done);
}

}  // namespace holdfast
