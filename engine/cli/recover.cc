#include <unistd.h>

#include "engine/apply/rollback.h"
#include "engine/cli/call_back.h"
#include "engine/cli/commands.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/own_host.h"
#include "engine/cli/session.h"
#include "engine/cli/watch.h"
#include "engine/report/exit_code.h"
#include "engine/report/outcome_text.h"

namespace holdfast {

namespace {

bool connect(Session& session, Diagnostics& diagnostics) {
  if (session.load_inventory_only(diagnostics)) {
    if (session.connect(session.scope(diagnostics), diagnostics)) session.join_names(diagnostics);
  }
  return !diagnostics.failed();
}

}  // namespace

int recover_command(const Options& options, const Registry& registry) {
  // Forward: what was done stays done, and an apply does the rest.
  if (options.resume) return apply_command(options, registry);
  if (!options.tags.empty() || !options.targets.empty()) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "a run is taken back whole: --tags and --target go with --resume"},
                  Exit::Usage);
  }
  Diagnostics diagnostics;
  Session session(options, registry);
  RollbackOptions rollback;
  if (connect(session, diagnostics)) mind_own_host(rollback, session, diagnostics);
  complain(options, diagnostics);
  if (diagnostics.failed()) return failed_exit(diagnostics);
  rollback.only_open = true;
  rollback.parallel = session.parallel();
  rollback.lease = std::chrono::seconds(options.lease);
  rollback.lock_timeout = std::chrono::seconds(options.lock_timeout);
  rollback.meta = session.meta("rollback");
  use_project_credentials(rollback, options, registry);
  const auto runners = session.runners();
  const Plan plan;  // shows no rows
  rollback.interrupts = &watch_interrupts_of_rollback();
  auto watcher = make_watcher(options, plan);
  Outcome outcome = roll_back(runners, rollback, *watcher);
  watcher.reset();
  const bool nothing = outcome.hosts.empty();
  session.add_unreachable(outcome);
  if (options.json) {
    say(outcome_event(plan, outcome));
  } else if (nothing) {
    say(alone_text(outcome, use_colour(options, STDOUT_FILENO)) +
        "No run was cut off or left half-done on the hosts that answered.\n");
  }
  if (!options.json && !outcome.hosts.empty()) {
    say(outcome_text(plan, outcome, use_colour(options, STDOUT_FILENO)));
  }
  HistoryBook(session, rollback.meta).end(outcome);
  return exit_code(plan, outcome);
}

}  // namespace holdfast
