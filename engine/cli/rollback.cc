#include "engine/apply/rollback.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "engine/cli/call_back.h"
#include "engine/cli/commands.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/own_host.h"
#include "engine/cli/session.h"
#include "engine/cli/watch.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"
#include "engine/report/outcome_text.h"

namespace holdfast {
namespace {

int unknown_run(const Options& options, std::string message) {
  return refuse(options,
                {.code = Code::UnknownRun,
                 .message = std::move(message),
                 .hint = "`holdfast runs` lists them"},
                Exit::Failed);
}

/// The last run may be the one that only this host remembers.
int cant_tell_last(const Options& options, const std::string& silent) {
  return refuse(
      options,
      {.code = Code::UnknownRun,
       .message = "which run was the last can't be told: " + printable(silent) + " doesn't answer",
       .hint = "name the run, or leave that host out by --limit"},
      Exit::Unreachable);
}

/// "Run ID of root from vm, 2024-…, on h1, h2.", and whether there is anything left to take back.
std::string about(const std::string& id, const std::vector<RunMeta>& runs) {
  std::vector<std::string> hosts;
  const RunMeta* known = nullptr;
  bool over = true;
  for (const RunMeta& run : runs) {
    if (run.id != id) continue;
    known = &run;
    hosts.push_back(printable(run.host));
    over = over && run.status == "rolled-back";
  }
  if (known == nullptr) return {};
  const std::string what = "Run " + printable(id) + " of " + printable(known->user) + " from " +
                           printable(known->from) + ", " + printable(known->started) + ", on " +
                           join(hosts, ", ");
  return what + (over ? ": it is rolled back already, there is nothing to do.\n" : ".\n");
}

/// A run, on each host where there is something to be taken back.
std::vector<RunMeta> standing(const std::string& id, const std::vector<RunMeta>& runs) {
  std::vector<RunMeta> out;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(out),
               [&](const RunMeta& run) { return run.id == id && stands(run); });
  return out;
}

}  // namespace

int rollback_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (options.arguments.empty() && !options.last) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "which run? Say its id, or --last",
                   .hint = "`holdfast runs` lists them"},
                  Exit::Usage);
  }
  if (session.load_inventory_only(diagnostics)) {
    if (session.connect(session.scope(diagnostics), diagnostics)) session.join_names(diagnostics);
  }
  RollbackOptions rollback;
  if (!diagnostics.failed()) mind_own_host(rollback, session, diagnostics);
  complain(options, diagnostics);
  if (diagnostics.failed()) return failed_exit(diagnostics);

  rollback.run = options.arguments.empty() ? "" : options.arguments[0];
  rollback.through = options.through;
  rollback.reopen = options.allow_reopen;
  rollback.partial = options.partial;
  rollback.lease = std::chrono::seconds(options.lease);
  rollback.lock_timeout = std::chrono::seconds(options.lock_timeout);
  rollback.parallel = session.parallel();
  rollback.meta = session.meta("rollback");
  use_project_credentials(rollback, options, registry);
  const auto runners = session.runners();
  const std::vector<RunMeta> runs = remembered_runs(runners, session.parallel());
  if (rollback.run.empty()) {
    if (const auto silent = session.silent_host()) return cant_tell_last(options, *silent);
    const auto last = last_run(runs, rollback.meta);
    if (!last)
      return unknown_run(options, "no host remembers a run of this project and environment");
    rollback.run = last->id;
  }
  if (!options.json) say(about(rollback.run, runs));
  flush_output();
  if (auto possible = ways_back(standing(rollback.run, runs), options.partial); !possible) {
    diagnostics.error(std::move(possible.error()));
    complain(options, diagnostics);
    return static_cast<int>(Exit::Refused);
  }
  const Plan plan;  // a rollback shows no rows
  rollback.interrupts = &watch_interrupts_of_rollback();
  auto watcher = make_watcher(options, plan);
  Outcome outcome = roll_back(runners, rollback, *watcher);
  watcher.reset();
  session.add_unreachable(outcome);
  if (outcome.hosts.empty() && !outcome.interrupted) {
    if (!options.json) say(alone_text(outcome, use_colour(options, STDOUT_FILENO)));
    const auto run = std::find_if(runs.begin(), runs.end(),
                                  [&](const RunMeta& r) { return r.id == rollback.run; });
    if (run == runs.end()) {
      return unknown_run(options, "no host remembers run " + printable(rollback.run));
    }
    if (run->status != "rolled-back") {
      return unknown_run(
          options, "run " + printable(rollback.run) + " is itself a " + printable(run->command));
    }
    if (!options.json) return static_cast<int>(Exit::Done);
  }
  say(options.json ? outcome_json(plan, outcome)
                   : outcome_text(plan, outcome, use_colour(options, STDOUT_FILENO)));
  RunMeta meta = rollback.meta;
  meta.of = rollback.run;
  HistoryBook(session, meta).end(outcome);
  return exit_code(plan, outcome);
}

}  // namespace holdfast
