#include "engine/cli/session.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "engine/cli/inventory.h"
#include "engine/core/clock.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/history/place.h"
#include "engine/manifest/confined.h"
#include "engine/manifest/files.h"
#include "engine/manifest/retention.h"
#include "engine/manifest/trust_list.h"
#include "engine/manifest/ways.h"

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

/// --set.
std::map<std::string, std::string> set_values(const std::vector<std::string>& pairs,
                                              Diagnostics& diagnostics) {
  std::map<std::string, std::string> out;
  for (const std::string& pair : pairs) {
    const auto at = pair.find('=');
    if (at == std::string::npos) {
      diagnostics.error({.code = Code::Usage,
                         .message = "--set takes NAME=VALUE, not '" + printable(pair) + "'"});
      continue;
    }
    out[pair.substr(0, at)] = pair.substr(at + 1);
  }
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
  std::vector<std::string> names;
  for (const auto& [name, environment] : project_.environments) names.push_back(name);
  const std::string listed = printable(join(names, ", "));
  if (found == project_.environments.end()) {
    if (!options_.environment.empty()) {
      const std::string near = did_you_mean(environment_, names);
      const std::string all = names.empty() ? "holdfast.yaml names none" : "there are " + listed;
      diagnostics.error({.code = Code::Usage,
                         .message = "there is no environment '" + printable(environment_) + "'",
                         .hint = near.empty() ? all : near});
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
  if (inventory_path_.empty() && !has && !names.empty()) {
    diagnostics.error(
        {.code = Code::Usage,
         .message = "which environment? holdfast.yaml has " + listed + ", and no `default`",
         .hint = "say -e " + printable(names.front())});
  } else if (inventory_path_.empty()) {
    diagnostics.error(
        {.code = Code::Usage,
         .message = "which hosts? There is no inventory",
         .hint =
             "say -i INVENTORY, or name one in holdfast.yaml (`holdfast init` makes a project)"});
  }
  return !diagnostics.failed();
}

bool Session::load_project_only(Diagnostics& diagnostics) {
  std::error_code gone;
  const std::string here = std::filesystem::current_path(gone).string();
  if (gone) {
    diagnostics.error({.code = Code::FileUnreadable,
                       .message = "the current folder can't be read: " + printable(gone.message()),
                       .hint = "it may have been deleted: cd to one that is there"});
    return false;
  }
  project_ = load_project(here, diagnostics);
  for (const std::string& pair : options_.retention) {
    if (auto set = set_retention(pair, project_.retention); !set)
      diagnostics.error(std::move(set.error()));
  }
  return !diagnostics.failed();
}

bool Session::load_inventory_only(Diagnostics& diagnostics) {
  if (!load_inventory_as_written(diagnostics)) return false;
  Diagnostics told_later;
  render_ways(inventory_, set_values(options_.set, told_later), environment_);
  return true;
}

bool Session::load_inventory_as_written(Diagnostics& diagnostics) {
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
    const std::string around = parent_path(absolute_path(inventory_path_));
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
  load.set = set_values(options_.set, diagnostics);
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

std::vector<std::string> Session::scope(Diagnostics& diagnostics,
                                        const std::vector<std::string>& patterns) const {
  auto names = limited_hosts(inventory_, patterns, options_.limit);
  if (names && names->empty() && !options_.limit.empty()) {
    names = fail(
        Code::NoHosts,
        "--limit '" + printable(join(options_.limit, ",")) + "' leaves no host of " +
            (patterns.empty() ? "this inventory" : "'" + printable(join(patterns, ",")) + "'"));
  }
  if (names) return std::move(*names);
  diagnostics.error(std::move(names.error()));
  return {};
}

std::vector<std::string> Session::things_to_trust() const {
  Diagnostics ignored;
  std::vector<std::string> files = expand_offline(ignored).inputs;
  for (const std::string& path : manifest_paths_) {
    files.push_back(absolute_path(path));
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

std::vector<std::string> Session::secrets_set() const { return manifests_->secrets_set(); }

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

RunMeta Session::holder(const std::string& command) const {
  RunMeta out = meta(command);
  out.id.clear();
  return out;
}

}  // namespace holdfast
