#include "engine/apply/rollback.h"

#include <unistd.h>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/cli/watch.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"
#include "engine/report/outcome_text.h"

namespace holdfast {

int rollback_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (options.arguments.empty() && !options.last) {
    diagnostics.error({.code = Code::Usage,
                       .message = "which run? Say its id, or --last",
                       .hint = "`holdfast runs` lists them"});
  }
  if (!diagnostics.failed() && session.load_inventory_only(diagnostics)) {
    if (session.connect(session.scope(diagnostics), diagnostics)) session.join_names(diagnostics);
  }
  complain(options, diagnostics);
  if (diagnostics.failed()) return static_cast<int>(Exit::Failed);

  RollbackOptions rollback;
  rollback.run = options.arguments.empty() ? "" : options.arguments[0];
  rollback.through = options.through;
  rollback.parallel = session.parallel();
  rollback.meta = session.meta("rollback");
  const auto runners = session.runners();
  const Plan plan;  // a rollback shows no rows
  auto watcher = make_watcher(options, plan);
  Outcome outcome = roll_back(runners, rollback, *watcher);
  watcher.reset();
  session.add_unreachable(outcome);
  if (outcome.hosts.empty()) {
    diagnostics.error({.code = Code::UnknownRun,
                       .message = rollback.run.empty()
                                      ? "no host remembers a run that could be taken back"
                                      : "no host remembers run " + printable(rollback.run),
                       .hint = "`holdfast runs` lists them"});
    complain(options, diagnostics);
    return static_cast<int>(Exit::Failed);
  }
  say(options.json ? outcome_json(plan, outcome)
                   : outcome_text(plan, outcome, use_colour(options, STDOUT_FILENO)));
  return exit_code(plan, outcome);
}

}  // namespace holdfast
