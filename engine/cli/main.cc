#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/prove.h"
#include "engine/core/crash_point.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/project.h"
#include "engine/report/exit_code.h"
#include "resources/registry.h"

namespace {

using holdfast::Options;
using holdfast::Registry;
using Command = int (*)(const Options&, const Registry&);

/// What a command takes beside its name.
enum Takes : unsigned {
  kInventory = 1,  ///< -e, -i, --limit and the ways to the hosts.
  kManifests = 2,  ///< Manifests, --tags, --target, --set.
  kArguments = 4,  ///< Free positional arguments.
  kHosts = 8       ///< Connects: time-outs, passwords, --parallel.
};

struct Entry {
  const char* name;
  const char* doc;
  Command run;
  unsigned takes;
};

constexpr Entry kCommands[] = {
    {"adopt", "Move objects from another owner's record to ours", holdfast::adopt_command,
     kInventory | kManifests | kHosts},
    {"apply", "Make the hosts what the manifests say, or carry a saved plan out",
     holdfast::apply_command, kInventory | kManifests | kHosts},
    {"drift", "Show what others changed on the hosts, and what is pending", holdfast::drift_command,
     kInventory | kManifests | kHosts},
    {"explain", "Explain a kind of resource, or an error's number", holdfast::explain_command,
     kArguments},
    {"facts", "Show what hosts report about themselves", holdfast::facts_command,
     kInventory | kHosts},
    {"forget", "Release objects: they stay, but are nobody's", holdfast::forget_command,
     kInventory | kArguments | kHosts},
    {"graph", "Draw the order of resources", holdfast::graph_command, kInventory | kManifests},
    {"history", "Show runs, plans and drift that this controller remembers",
     holdfast::history_command, kArguments},
    {"init", "Start a project in this folder", holdfast::init_command, kArguments},
    {"inventory", "Show hosts, groups and variables", holdfast::inventory_command,
     kInventory | kArguments},
    {"pause", "Let nothing be changed on hosts for a while", holdfast::pause_command,
     kInventory | kArguments | kHosts},
    {"pick", "Say by which labels a workflow reaches the first runner that is fit; changes nothing",
     holdfast::pick_command, kInventory | kManifests | kArguments | kHosts},
    {"plan", "Show what apply would do; changes nothing", holdfast::plan_command,
     kInventory | kManifests | kHosts},
    {"prepare", "Make an account on the hosts that may plan and nothing else",
     holdfast::prepare_command, kInventory | kArguments | kHosts},
    {"prove", "Show of each alert that it can fire, by promtool or on the running servers",
     holdfast::prove_command, kInventory | kManifests | kHosts},
    {"recover", "Take back what a run that was cut off, or could not go back whole, left",
     holdfast::recover_command, kInventory | kManifests | kHosts},
    {"retire", "Take away all that was made on hosts, and holdfast itself",
     holdfast::retire_command, kInventory | kManifests | kArguments | kHosts},
    {"rollback", "Take a run back", holdfast::rollback_command, kInventory | kArguments | kHosts},
    {"runs", "List the runs that the hosts remember", holdfast::runs_command, kInventory | kHosts},
    {"schema", "Print the JSON Schema of manifests, for editors", holdfast::schema_command, 0},
    {"seal", "Prepare hosts to be copied: an image keeps the record, and nothing else of holdfast",
     holdfast::seal_command, kInventory | kArguments | kHosts},
    {"trust", "Let this project run programs and read files on this machine",
     holdfast::trust_command, kInventory | kManifests},
    {"validate", "Check everything that can be checked without a host", holdfast::validate_command,
     kInventory | kManifests},
    {"verify", "Ask the manifests' checks", holdfast::verify_command,
     kInventory | kManifests | kHosts},
    {"why", "Say where a name's value on a host comes from", holdfast::why_command,
     kInventory | kManifests | kArguments},
};

/// "90", "30s", "5m", "2h".
CLI::AsNumberWithUnit seconds() {
  const std::map<std::string, int> units{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_OPTIONAL);
}

/// A full name, with its suffix.
bool unit_name(const std::string& text) {
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\@-";
  const auto dot = text.rfind('.');
  return dot != std::string::npos && dot > 0 && dot + 1 < text.size() && text[0] != '-' &&
         text.find_first_not_of(kLetters) == std::string::npos;
}

void add_inventory(CLI::App& app, Options& o) {
  app.add_option("-e,--environment", o.environment, "Environment of holdfast.yaml");
  app.add_option("-i,--inventory", o.inventory,
                 "Inventory file or folder (holdfast's or Ansible's)");
  app.add_option("--limit", o.limit, "Only hosts that this pattern names, as in Ansible")
      ->allow_extra_args(false);
}

void add_manifests(CLI::App& app, Options& o, bool positional) {
  app.add_option("--tags", o.tags, "Only resources with one of these tags")
      ->allow_extra_args(false)
      ->delimiter(',');
  app.add_option("--target", o.targets, "Only this resource and what it rests on")
      ->allow_extra_args(false);
  app.add_option("--set", o.set, "NAME=VALUE of an input")->allow_extra_args(false);
  if (positional) {
    app.add_option("manifests", o.manifests, "Manifests (default: those of the environment)");
  } else {
    app.add_option("--manifest", o.manifests, "Manifest (default: those of the environment)")
        ->allow_extra_args(false);
  }
}

void add_hosts(CLI::App& app, Options& o) {
  app.add_option("--parallel", o.parallel, "Hosts at once (32)")
      ->check(CLI::Range(1, holdfast::kMaxParallel));
  app.add_option("--timeout", o.timeout, "Seconds for one host's answer (60)")
      ->check(CLI::Range(1, 86400));
  app.add_option("--connect-timeout", o.connect_timeout, "Seconds for connecting and login (10)")
      ->check(CLI::Range(1, 3600));
  app.add_option("--ssh-config", o.ssh_config, "Instead of ~/.ssh/config");
  app.add_option("--known-hosts", o.known_hosts, "Instead of ~/.ssh/known_hosts")
      ->allow_extra_args(false);
  app.add_flag("--ask-password", o.ask_password, "Ask for the login password");
  app.add_flag("--ask-become-password", o.ask_become_password, "Ask for sudo's password");
  app.add_option("--password-command", o.password_command,
                 "Program that prints the login password");
  app.add_option("--become-password-command", o.become_password_command,
                 "Program that prints sudo's password");
}

void add_common(CLI::App& app, Options& o) {
  app.add_flag("--json", o.json, "For programs: docs/json.md");
  app.add_flag("--no-color", o.no_color, "No colours (also: NO_COLOR)");
  app.add_flag("-v,--verbose", o.verbose, "Say more; twice: every step");
}

/// Commands that write into the history, or read it.
void add_history(CLI::App& app, std::string_view name, Options& o) {
  constexpr std::string_view kNames[] = {"apply",   "drift",  "history",  "plan", "prove",
                                         "recover", "retire", "rollback", "runs"};
  if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) return;
  app.add_option("--history", o.history,
                 "Where the history is: sqlite:PATH, postgresql://USER@HOST/DATABASE, or none");
  if (name == "apply") {
    app.add_flag("--require-history", o.require_history, "Change nothing that can't be recorded");
  }
  if (name == "runs") {
    app.add_flag("--verify", o.verify, "Compare the hosts' chains of runs with the history");
    app.add_flag("--accept", o.accept, "Let the history take the hosts' chains as they are now");
  }
  if (name != "history") return;
  app.add_option("--host", o.only_hosts, "Only of this host")->allow_extra_args(false);
  app.add_option("--since", o.since, "Only since then: 12h, 7d, 2026-11-01");
  app.add_option("-n,--number", o.most, "At most so many (20); 0: all")
      ->check(CLI::Range(0, 1000000));
  app.add_flag("--drift", o.drift, "What hosts were like, over time");
}

void add_own(CLI::App& app, std::string_view name, Options& o) {
  add_history(app, name, o);
  if (name == "plan" || name == "drift") {
    app.add_flag("--untrusted", o.untrusted,
                 "Nothing of the project runs or is read here: for pull requests of strangers");
    app.add_flag("--show-private", o.show_private, "Show old texts that only root may read");
  }
  if (name == "plan" || name == "drift") {
    app.add_option("--format", o.format, "text, markdown, html, github or metrics (Prometheus)")
        ->check(CLI::IsMember({"text", "markdown", "html", "github", "metrics"}));
  }
  if (name == "plan") {
    app.add_option("--out", o.out, "Save the plan for `holdfast apply FILE.hf`");
    app.add_flag("--detailed-exitcode", o.detailed_exitcode, "2: there are changes");
  }
  if (name == "plan" || name == "apply") {
    app.add_flag("--require-reversible", o.require_reversible,
                 "Refuse what could not be taken back whole");
  }
  if (name == "plan" || name == "apply") {
    CLI::Option* rehearse = app.add_flag(
        "--rehearse", o.rehearse,
        "First do it all, and take it back, in a copy of the hosts' files: an undo that is wrong "
        "is named before anything is changed");
    // It runs what manifests say, though only in the copy.
    if (name == "plan") rehearse->excludes("--untrusted");
  }
  if (name == "plan" || name == "apply")
    app.add_flag("--prune", o.prune, "Remove what we made and nobody names any more");
  if (name == "plan" || name == "apply" || name == "drift" || name == "verify" ||
      name == "rollback" || name == "recover" || name == "retire" || name == "prove" ||
      name == "pick") {
    app.add_option("--trust", o.trust_file, "File with what this project may do here");
  }
  if (name == "verify") {
    app.add_option("--junit", o.junit,
                   "Write the verdicts as JUnit's XML to this file, or with - to standard output");
  }
  if (name == "apply") {
    app.add_flag("--yes", o.yes, "Agree beforehand");
    app.add_option("--confirm", o.confirm,
                   "A person must agree within this time (5m) with what was done, or it goes back")
        ->transform(seconds());
    app.add_option("--lock-timeout", o.lock_timeout,
                   "Wait so long (30s, 5m) for another run that holds a host; else it is refused")
        ->transform(seconds());
    app.add_flag("--quiet", o.quiet, "No progress");
    app.add_option("--format", o.format, "text, markdown, github or metrics (Prometheus)")
        ->check(CLI::IsMember({"text", "markdown", "github", "metrics"}));
    app.add_option("--on-failure", o.on_failure, "rollback, rollback_all or stop")
        ->check(CLI::IsMember({"rollback", "rollback_all", "stop"}));
  }
  if (name == "apply" || name == "rollback" || name == "recover" || name == "retire" ||
      name == "prove") {
    app.add_option(
           "--lease", o.lease,
           "Seconds without a sign of life before a host ends the run and takes it back (45)")
        ->check(CLI::Range(3, 3600));
  }
  if (name == "plan" || name == "apply" || name == "rollback" || name == "recover") {
    app.add_option("--under", o.under,
                   "A service that this program works for, where it can't tell (in a container)")
        ->allow_extra_args(false)
        ->check(CLI::Validator(
            [](const std::string& unit) {
              return unit_name(unit) ? std::string() : "no unit's name: '" + unit + "'";
            },
            "UNIT"));
  }
  if (name == "apply") {
    app.add_option(
           "--later-limit", o.later_limit,
           "How long (2h; default 6h) a host waits for the end of the job that this program "
           "is part of, before it gives up what was left for later")
        ->transform(seconds());
  }
  if (name == "apply" || name == "rollback" || name == "recover" || name == "adopt" ||
      name == "forget") {
    app.add_option("--retention", o.retention,
                   "NAME=VALUE of holdfast.yaml's `retention`: secrets=10m, age=30d, number=50, "
                   "size=1GiB, history=180d")
        ->allow_extra_args(false)
        ->delimiter(',');
  }
  if (name == "pause") {
    app.add_option("--for", o.pause_for, "How long: 30m, 2h")->transform(seconds());
    app.add_option("--reason", o.reason, "Why; whoever is refused reads it");
    app.add_flag("--end", o.end, "End it now");
  }
  if (name == "pick") {
    app.add_flag("--idle", o.idle, "Only one that has no job");
    app.add_option("--format", o.format,
                   "text or github (labels and runner into the file that $GITHUB_OUTPUT names)")
        ->check(CLI::IsMember({"text", "github"}));
  }
  if (name == "prove") {
    app.add_option("--out", o.out, "Keep the tests in this folder, for `promtool test rules`");
    app.add_option("--alert", o.only_alerts, "Only this alert")->allow_extra_args(false);
    CLI::Option* live = app.add_flag(
        "--live", o.live,
        "Make them fire on the running servers too, see them at their receivers, and clean up");
    app.add_flag("--yes", o.yes, "Agree beforehand (--live)")->needs(live);
    app.add_option("--within", o.within, "Leave out what takes longer than this (30m; --live)")
        ->needs(live)
        ->transform(seconds());
    app.add_option("--stop", o.stop,
                   "HOST:UNIT to stop meanwhile, which an alert must tell of (--live)")
        ->needs(live)
        ->allow_extra_args(false)
        ->check(CLI::Validator(
            [](const std::string& text) {
              const auto colon = text.find(':');
              const bool good = colon != std::string::npos && colon > 0 &&
                                unit_name(text.substr(colon + 1)) &&
                                text.find('\\') == std::string::npos;
              return good ? std::string() : "no HOST:UNIT: '" + text + "'";
            },
            "HOST:UNIT"));
    app.add_flag("--quiet", o.quiet, "No progress");
  }
  if (name == "recover") {
    app.add_flag("--resume", o.resume, "Go forward instead: apply what the run had still to do");
    app.add_flag("--yes", o.yes, "Agree beforehand (--resume)");
    app.add_flag("--quiet", o.quiet, "No progress");
  }
  if (name == "rollback") {
    app.add_flag("--last", o.last, "The last run, on those hosts that took part in it");
    app.add_flag("--allow-reopen", o.allow_reopen,
                 "Also what closed a hole: keys, accounts and old secrets come back");
    app.add_flag("--partial", o.partial,
                 "Take back what still can be, where old secrets were deleted");
    app.add_flag("--through", o.through, "Later runs on the same objects too");
    app.add_flag("--quiet", o.quiet, "No progress");
  }
  if (name == "validate")
    app.add_option("--format", o.format, "text or github (annotations)")
        ->check(CLI::IsMember({"text", "github"}));
  if (name == "graph")
    app.add_option("--format", o.format, "dot or mermaid")
        ->check(CLI::IsMember({"dot", "mermaid"}));
  if (name == "explain") {
    app.add_flag_callback(
        "--markdown", [&o] { o.format = "markdown"; }, "The reference page");
    app.add_flag_callback(
        "--errors", [&o] { o.format = "errors"; }, "All errors, as a page");
  }
  if (name == "inventory") {
    app.add_flag_callback(
        "--list", [&o] { o.format = "list"; }, "Everything, as JSON");
    app.add_flag_callback(
        "--graph", [&o] { o.format = "graph"; }, "The tree of groups");
    app.add_flag_callback(
        "--host", [&o] { o.format = "host"; }, "Variables of the host that is named");
    app.add_flag_callback(
        "--hosts", [&o] { o.format = "hosts"; }, "Hosts that the pattern names");
  }
  if (name == "adopt")
    app.add_option("--from", o.from, "Owner to take from: PROJECT/ENVIRONMENT/MANIFEST");
  if (name == "adopt" || name == "forget") app.add_flag("--yes", o.yes, "Agree beforehand");
  if (name == "forget") app.add_flag("--all", o.all, "Everything of this project and environment");
  if (name == "prepare") app.add_option("--key", o.key, "Public key file of who may plan");
  if (name == "retire") {
    app.add_flag("--yes", o.yes, "Agree beforehand");
    app.add_flag("--gone", o.gone,
                 "They can't be reached any more: only what servers have of them");
  }
  if (name == "seal") app.add_flag("--yes", o.yes, "Agree beforehand");
  if (name == "trust") app.add_flag("--yes", o.yes, "Agree beforehand");
}

/// Whether the first word is a command; says so where it is none.
bool known_command(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return true;
  const std::string word = argv[1];
  std::vector<std::string> names;
  for (const Entry& entry : kCommands) names.emplace_back(entry.name);
  if (std::find(names.begin(), names.end(), word) != names.end()) return true;
  const std::string hint = holdfast::did_you_mean(word, names);
  std::cerr << "unknown command '" << holdfast::printable(word) << "'"
            << (hint.empty() ? "; `holdfast --help` lists them" : ", " + hint) << "\n";
  return false;
}

/// Its memory holds secrets: no core dump has it, and no other process of the same account may look
/// into it. What it starts leaves no core dump either, unless it asks for that itself.
void shut_memory() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  shut_memory();
  if (!known_command(argc, argv)) return static_cast<int>(holdfast::Exit::Usage);
  CLI::App app("holdfast: declarative reconciliation of hosts over SSH", "holdfast");
  app.set_version_flag("--version", HOLDFAST_VERSION);
  app.require_subcommand(1);
#if HOLDFAST_TEST_BUILD
  app.add_flag_callback("--list-crash-points", [] {
    std::cout << holdfast::crash_points();
    throw CLI::Success();
  });
#endif
  Options options;
  Command chosen = nullptr;
  for (const Entry& entry : kCommands) {
    CLI::App* sub = app.add_subcommand(entry.name, entry.doc);
    add_common(*sub, options);
    if ((entry.takes & kInventory) != 0) add_inventory(*sub, options);
    if ((entry.takes & kManifests) != 0)
      add_manifests(*sub, options, (entry.takes & kArguments) == 0);
    if ((entry.takes & kHosts) != 0) add_hosts(*sub, options);
    if ((entry.takes & kArguments) != 0) sub->add_option("arguments", options.arguments);
    add_own(*sub, entry.name, options);
    sub->callback([&chosen, &entry] { chosen = entry.run; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(holdfast::Exit::Usage);
  }
  const Registry registry = holdfast::all_kinds();
  const int code = chosen(options, registry);
  if (!holdfast::flush_output() && code == 0) return static_cast<int>(holdfast::Exit::Failed);
  return code;
}
