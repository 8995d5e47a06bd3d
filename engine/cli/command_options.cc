#include "engine/cli/command_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/manifest/project.h"

namespace holdfast {
namespace {

/// "90", "30s", "5m", "2h".
CLI::AsNumberWithUnit seconds() {
  const std::map<std::string, int> units{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_OPTIONAL);
}

/// The same within limits.
CLI::Validator seconds(int least, int most) {
  const CLI::AsNumberWithUnit read = seconds();
  const CLI::Range range(least, most);
  CLI::Validator both(
      [read, range](std::string& text) {
        const std::string wrong = read(text);
        return wrong.empty() ? range(text) : wrong;
      },
      "TIME");
  return both;
}

/// A full name, with its suffix.
bool unit_name(const std::string& text) {
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\@-";
  const auto dot = text.rfind('.');
  return dot != std::string::npos && dot > 0 && dot + 1 < text.size() && text[0] != '-' &&
         text.find_first_not_of(kLetters) == std::string::npos;
}

/// Commands that write into the history, or read it.
void add_history(CLI::App& app, std::string_view name, Options& o) {
  constexpr std::string_view kNames[] = {"apply",  "drift",  "history",  "plan", "prove", "recover",
                                         "report", "retire", "rollback", "runs", "show"};
  if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) return;
  app.add_option("--history", o.history,
                 "Where the history is: sqlite:PATH, postgresql://USER@HOST/DATABASE, or none")
      ->type_name("PLACE");
  if (name == "apply") {
    app.add_flag("--require-history", o.require_history, "Change nothing that can't be recorded");
  }
  if (name == "runs") {
    app.add_flag("--verify", o.verify, "Compare the hosts' chains of runs with the history");
    app.add_flag("--accept", o.accept, "Let the history take the hosts' chains as they are now");
  }
  if (name != "history") return;
  app.add_option("--host", o.only_hosts, "Only of this host")
      ->type_name("HOST")
      ->allow_extra_args(false);
  app.add_option("--since", o.since, "Only since then: 12h, 7d, 2026-11-01")->type_name("WHEN");
  app.add_option("-n,--number", o.most, "At most so many (20); 0: all")
      ->check(CLI::Range(0, 1000000));
  app.add_flag("--drift", o.drift, "What hosts were like, over time");
}

}  // namespace

void add_inventory(CLI::App& app, Options& o) {
  app.add_option("-e,--environment", o.environment, "Environment of holdfast.yaml")
      ->type_name("ENVIRONMENT");
  app.add_option("-i,--inventory", o.inventory,
                 "Inventory file or folder (holdfast's or Ansible's)")
      ->type_name("FILE");
  app.add_option("--limit", o.limit, "Only hosts that this pattern names, as in Ansible")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
}

void add_choice(CLI::App& app, Options& o) {
  app.add_option("--tags", o.tags, "Only resources with one of these tags")
      ->type_name("TAG")
      ->allow_extra_args(false)
      ->delimiter(',');
  app.add_option("--target", o.targets, "Only this resource and what it rests on")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
}

void add_manifests(CLI::App& app, Options& o, bool positional) {
  app.add_option("--set", o.set, "NAME=VALUE of an input")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  if (positional) {
    app.add_option("manifests", o.manifests, "Manifests (default: those of the environment)")
        ->type_name("FILE");
  } else {
    app.add_option("--manifest", o.manifests, "Manifest (default: those of the environment)")
        ->type_name("FILE")
        ->allow_extra_args(false);
  }
}

void add_hosts(CLI::App& app, Options& o) {
  app.add_option("--parallel", o.parallel, "Hosts at once (32)")
      ->check(CLI::Range(1, kMaxParallel));
  app.add_option("--timeout", o.timeout, "How long one host's answer may take (60s)")
      ->transform(seconds(1, 86400));
  app.add_option("--connect-timeout", o.connect_timeout,
                 "How long connecting and login may take (10s)")
      ->transform(seconds(1, 3600));
  app.add_option("--ssh-config", o.ssh_config, "Instead of ~/.ssh/config")->type_name("FILE");
  app.add_option("--known-hosts", o.known_hosts, "Instead of ~/.ssh/known_hosts")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_flag("--ask-password", o.ask_password, "Ask for the login password");
  app.add_flag("--ask-become-password", o.ask_become_password, "Ask for sudo's password");
  app.add_option("--password-command", o.password_command, "Program that prints the login password")
      ->type_name("PROGRAM");
  app.add_option("--become-password-command", o.become_password_command,
                 "Program that prints sudo's password")
      ->type_name("PROGRAM");
}

void add_common(CLI::App& app, Options& o) {
  app.add_flag("--json", o.json, "For programs: docs/json.md");
  app.add_flag("--no-color", o.no_color, "No colours (also: NO_COLOR)");
  app.add_flag("-v,--verbose", o.verbose, "Say more; twice: every step");
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
  if (name == "plan" || name == "report") {
    app.add_flag("--detailed-exitcode", o.detailed_exitcode,
                 name == "plan" ? "2: there are changes" : "As the hosts are: docs/reference.md");
  }
  if (name == "report") {
    app.add_option("--format", o.format, "text, markdown or github")
        ->check(CLI::IsMember({"text", "markdown", "github"}));
  }
  if (name == "plan") {
    app.add_option("--out", o.out, "Save the plan for `holdfast apply FILE`")->type_name("FILE");
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
    app.add_option("--trust", o.trust_file, "File with what this project may do here")
        ->type_name("FILE");
  }
  if (name == "verify" || name == "report") {
    app.add_option("--junit", o.junit,
                   "Write the verdicts as JUnit's XML to this file, or with - to standard output")
        ->type_name("FILE");
  }
  if (name == "apply") {
    app.add_flag("--yes", o.yes, "Agree beforehand");
    app.add_option("--confirm", o.confirm,
                   "A person must agree within this time (5m) with what was done, or it goes back")
        ->transform(seconds());
    app.add_flag("--quiet", o.quiet, "No progress");
    app.add_option("--format", o.format, "text, markdown, github or metrics (Prometheus)")
        ->check(CLI::IsMember({"text", "markdown", "github", "metrics"}));
    app.add_option("--on-failure", o.on_failure, "rollback, rollback_all or stop")
        ->check(CLI::IsMember({"rollback", "rollback_all", "stop"}));
  }
  if (name == "apply" || name == "rollback" || name == "recover") {
    app.add_option("--lock-timeout", o.lock_timeout,
                   "Wait so long (30s, 5m) for another run that holds a host; else it is refused")
        ->transform(seconds());
  }
  if (name == "apply" || name == "rollback" || name == "recover" || name == "retire" ||
      name == "prove") {
    app.add_option(
           "--lease", o.lease,
           "How long (45s) without a sign of life a host waits before it ends the run and takes "
           "it back")
        ->transform(seconds(3, 3600));
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
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->delimiter(',');
  }
  if (name == "pause") {
    app.add_option("--for", o.pause_for, "How long: 30m, 2h")->transform(seconds());
    app.add_option("--reason", o.reason, "Why; whoever is refused reads it")->type_name("WORDS");
    app.add_flag("--end", o.end, "End it now");
  }
  if (name == "pick") {
    app.add_flag("--idle", o.idle, "Only one that has no job");
    app.add_option("--format", o.format,
                   "text or github (labels and runner into the file that $GITHUB_OUTPUT names)")
        ->check(CLI::IsMember({"text", "github"}));
  }
  if (name == "prove") {
    app.add_option("--out", o.out, "Keep the tests in this folder, for `promtool test rules`")
        ->type_name("FOLDER");
    app.add_option("--alert", o.only_alerts, "Only this alert")
        ->type_name("ALERT")
        ->allow_extra_args(false);
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
    std::vector<CLI::Option*> views;
    const auto add_view = [&](const char* flag, const char* format, const char* shows) {
      CLI::Option* view = app.add_flag_callback(
          flag, [&o, format] { o.format = format; }, shows);
      for (CLI::Option* other : views) view->excludes(other);
      views.push_back(view);
    };
    add_view("--list", "list", "Everything, as JSON");
    add_view("--graph", "graph", "The tree of groups");
    add_view("--host", "host", "Variables of the host that is named");
    add_view("--hosts", "hosts", "Hosts that the pattern names");
  }
  if (name == "adopt")
    app.add_option("--from", o.from, "Owner to take from: PROJECT/ENVIRONMENT/MANIFEST")
        ->type_name("OWNER");
  if (name == "adopt" || name == "forget") app.add_flag("--yes", o.yes, "Agree beforehand");
  if (name == "forget") app.add_flag("--all", o.all, "Everything of this project and environment");
  if (name == "prepare")
    app.add_option("--key", o.key, "Public key file of who may plan")->type_name("FILE");
  if (name == "retire") {
    app.add_flag("--yes", o.yes, "Agree beforehand");
    app.add_flag("--gone", o.gone,
                 "They can't be reached any more: only what servers have of them");
  }
  if (name == "seal") app.add_flag("--yes", o.yes, "Agree beforehand");
  if (name == "trust") app.add_flag("--yes", o.yes, "Agree beforehand");
}

}  // namespace holdfast
