#include "engine/cli/rehearsing.h"

#include <unistd.h>

#include <cstdio>

#include "engine/cli/output.h"
#include "engine/report/plan_markdown.h"
#include "engine/report/rehearsal_text.h"

namespace holdfast {

RehearsalReport rehearse_plan(Session& session, const Plan& plan, const std::string& command) {
  RehearsalOptions options;
  options.parallel = session.parallel();
  options.interrupts = &watch_interrupts();
  options.by = session.holder(command + " --rehearse");
  return rehearse(plan, session.runners(), session.registry(), options);
}

bool tell_rehearsal(const Session& session, const Plan& plan, const RehearsalReport& report,
                    bool told_by_plan) {
  const Options& options = session.options();
  const bool person = !options.json && (options.format.empty() || options.format == "text");
  const int to = person ? STDOUT_FILENO : STDERR_FILENO;
  const bool colour = person && use_colour(options, to);
  const std::string text = rehearsal_text(plan, report, options.verbose > 0, colour);
  if (person) {
    say(text);
  } else if (options.json && !told_by_plan) {
    say(rehearsal_event(plan, report));
  } else if (options.format == "markdown" && !text.empty()) {
    say("\n" + code_block(text, ""));
  } else if (!options.json) {
    std::fputs(text.c_str(), stderr);
  }
  complain(options, rehearsal_errors(report));
  return report.sound();
}

}  // namespace holdfast
