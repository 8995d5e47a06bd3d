#include "engine/cli/planning.h"

#include <unistd.h>

#include "engine/cli/on_servers.h"
#include "engine/cli/output.h"
#include "engine/cli/trust_store.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"
#include "engine/report/github.h"
#include "engine/report/metrics.h"
#include "engine/report/plan_html.h"
#include "engine/report/plan_json.h"
#include "engine/report/plan_markdown.h"
#include "engine/report/plan_text.h"

namespace holdfast {

Trust trust_level(const Options& options, const Registry& registry) {
  if (options.untrusted) return Trust::Untrusted;
  const bool asked = !options.trust_file.empty() || access(trust_store_path().c_str(), R_OK) == 0;
  if (!asked) return Trust::Limited;
  Diagnostics ignored;
  Session session(options, registry);
  if (!session.load(Trust::Offline, ignored)) return Trust::Limited;
  const bool trusted =
      is_trusted(options.trust_file, session.project().folder, session.things_to_trust());
  return trusted ? Trust::Full : Trust::Limited;
}

namespace {

std::string text_of(const Session& session, const Plan& plan, bool drift, bool colour) {
  PlanTextOptions text;
  text.colour = colour;
  text.drift = drift;
  text.unchanged = session.options().verbose > 0;
  text.steps = session.options().verbose > 1;
  return gone_text(session.beside().gone, Ink(colour)) + plan_text(plan, session.registry(), text);
}

bool may_show_private(const Options& options) {
  return isatty(STDOUT_FILENO) == 1 && !options.json && !options.untrusted;
}

/// A plan file says what was asked for, and is no place for secrets.
void refuse_to_keep(const std::vector<std::string>& secrets, Diagnostics& diagnostics) {
  for (const std::string& name : secrets) {
    diagnostics.error(
        {.code = Code::Usage,
         .message = "the plan file would hold the secret input '" + name + "', as --set gives it",
         .hint = "give the input the default `!env NAME`: a plan file doesn't hold that"});
  }
}

}  // namespace

Planned make_session_plan(Session& session) {
  Diagnostics diagnostics;
  Planned out;
  if (session.options().show_private && !may_show_private(session.options())) {
    diagnostics.error({.code = Code::Usage,
                       .message = "--show-private shows private texts at a terminal only",
                       .hint = "a log, a file and a stranger's project are none"});
    complain(session.options(), diagnostics);
    return {.code = static_cast<int>(Exit::Usage)};
  }
  const Trust trust = trust_level(session.options(), session.registry());
  session.will_connect();
  const bool loaded = session.load(trust, diagnostics);
  if (loaded && !session.options().out.empty()) refuse_to_keep(session.secrets_set(), diagnostics);
  if (loaded && !diagnostics.failed()) {
    out.plan = session.plan(session.plan_options(), diagnostics);
  }
  complain(session.options(), diagnostics);
  if (!out.plan) {
    out.code = failed_exit(diagnostics);
    return out;
  }
  session.beside().warnings = diagnostics.warnings();
  session.beside().gone = gone_hosts(session, *out.plan);
  return out;
}

Diagnostics irreversible_rows(const Plan& plan) {
  Diagnostics out;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const Row& row = plan.rows[i];
    std::vector<std::string> reasons = row.effects.irreversible;
    if (row.effects.one_way) reasons.emplace_back("it is one way");
    if (reasons.empty() || !row.changes() || plan.declarations[i].audit) continue;
    const Declaration& declaration = plan.declarations[i];
    out.error({.code = Code::NotReversible,
               .message = printable(declaration.host + " " + declaration.resource.address() +
                                    " can't be taken back: " + join(reasons, "; ")),
               .where = declaration.resource.where});
  }
  return out;
}

void tell_plan(const Session& session, const Plan& plan, bool drift,
               const RehearsalReport* rehearsal) {
  const Options& options = session.options();
  const Registry& registry = session.registry();
  PlanBeside beside = session.beside();
  beside.rehearsal = rehearsal;
  if (options.json) return say(plan_json(plan, registry, beside));
  const auto markdown = [&] {
    return plan_markdown(plan, registry, {.drift = drift}) + gone_markdown(beside.gone);
  };
  if (options.format == "markdown") return say(markdown());
  if (options.format == "metrics") return say(drift_metrics(plan, registry, unix_time()));
  if (options.format == "html") {
    const std::string& environment = session.environment();
    const std::string title =
        session.project().name + (environment.empty() ? "" : "/" + environment);
    return say(plan_html(plan, registry, title, now_text(), drift));
  }
  if (options.format == "github") {
    hand_to_workflow("GITHUB_STEP_SUMMARY", markdown());
    hand_to_workflow("GITHUB_OUTPUT", github_outputs(plan, registry));
  }
  say(text_of(session, plan, drift, use_colour(options, STDOUT_FILENO)));
}

ShownPlan shown_plan(const Session& session, const Plan& plan) {
  if (session.options().show_private) return {};
  return {text_of(session, plan, false, true),
          plan_json(plan, session.registry(), session.beside())};
}

}  // namespace holdfast
