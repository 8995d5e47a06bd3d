#include "engine/apply/apply.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "engine/apply/no_op.h"
#include "engine/cli/agree.h"
#include "engine/cli/carry_out.h"
#include "engine/cli/commands.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/cli/rehearsing.h"
#include "engine/cli/watch.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"
#include "engine/plan/saved.h"
#include "engine/report/exit_code.h"
#include "engine/report/github.h"
#include "engine/report/metrics.h"
#include "engine/report/outcome_text.h"
#include "engine/report/plan_json.h"
#include "engine/report/plan_markdown.h"

namespace holdfast {
namespace {

/// Whether a person types "yes" in time. A line that was begun counts as no answer, nor does what
/// was typed before the question.
bool person_keeps(std::chrono::seconds patience) {
  tcflush(STDIN_FILENO, TCIFLUSH);
  std::fprintf(stderr, "\nKeep these changes? Type 'yes' within %lld s: ",
               static_cast<long long>(patience.count()));
  const auto end = std::chrono::steady_clock::now() + patience;
  std::string answer;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || watch_interrupts().load() > 0) break;
    if (poll(&input, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 200))) <= 0) continue;
    char c = 0;
    if (read(STDIN_FILENO, &c, 1) != 1) break;
    if (c == '\n') return trim(answer) == "yes";
    answer += c;
  }
  std::fputs("\n", stderr);
  return false;
}

std::optional<FailurePolicy> failure_policy(const std::string& text) {
  if (text == "rollback") return FailurePolicy::Rollback;
  if (text == "rollback_all") return FailurePolicy::RollbackAll;
  if (text == "stop") return FailurePolicy::Stop;
  return std::nullopt;
}

/// What failed stands at its line of the pull request; the outcome in the step's summary.
void tell_workflow(const Plan& plan, const Outcome& outcome) {
  Diagnostics failed;
  for (const HostOutcome& host : outcome.hosts) {
    if (host.error) failed.error(*host.error);
  }
  say(github_annotations(failed));
  hand_to_workflow("GITHUB_STEP_SUMMARY", outcome_markdown(plan, outcome));
  hand_to_workflow("GITHUB_OUTPUT", github_outputs(outcome));
}

/// Whoever reads the outcome, or keeps its metrics, has them of a run with nothing to do, too.
int end_without_run(const Options& options, const Plan& plan, int code) {
  if (options.json) {
    say(outcome_event(plan, nothing_done(plan), code));
  } else if (options.format == "metrics") {
    say(apply_metrics(nothing_done(plan), unix_time()));
  }
  return code;
}

}  // namespace

Diagnostics refusals(const Options& options, const Plan& plan) {
  Diagnostics out;
  if (options.require_reversible) out = irreversible_rows(plan);
  for (const Row& row : plan.rows) {
    if (row.selected && row.refused) out.error(*row.refused);
  }
  return out;
}

int carry_out(Session& session, const Plan& plan) {
  const Options& options = session.options();
  const bool adopts = std::any_of(plan.rows.begin(), plan.rows.end(),
                                  [](const Row& row) { return row.adopt && row.selected; });
  RunMeta meta = session.meta("apply");
  HistoryBook book(session, meta);
  // Where nothing is left to be done a run that was cut off still has to end.
  const bool ends =
      options.resume && std::any_of(plan.hosts.begin(), plan.hosts.end(),
                                    [](const auto& h) { return !h.open_run.empty(); });
  if (!plan.changes() && !adopts && !ends) {
    book.look(plan);
    return end_without_run(options, plan, plan_exit_code(plan, session.registry(), false));
  }
  meta.digest = plan_digest(plan, session.registry());
  if (!book.begin(plan)) return static_cast<int>(Exit::Failed);
  ApplyOptions apply_options;
  apply_options.parallel = session.parallel();
  apply_options.on_failure = failure_policy(options.on_failure);
  apply_options.meta = meta;
  if (options.confirm > 0) {
    apply_options.ask_keep = [&] { return person_keeps(std::chrono::seconds(options.confirm)); };
  }
  apply_options.lock_timeout = std::chrono::seconds(options.lock_timeout);
  apply_options.later_limit = std::chrono::seconds(options.later_limit);
  apply_options.lease = std::chrono::seconds(options.lease);
  apply_options.interrupts = &watch_interrupts();
  apply_options.resume = options.resume;
  const auto runners = session.runners();
  auto watcher = make_watcher(options, plan);
  const Outcome outcome = apply(plan, runners, session.registry(), apply_options, *watcher);
  watcher.reset();
  if (options.json) {
    say(outcome_event(plan, outcome));
  } else if (options.format == "markdown") {
    say(outcome_markdown(plan, outcome));
  } else if (options.format == "metrics") {
    say(apply_metrics(outcome, unix_time()));
  } else {
    say(outcome_text(plan, outcome, use_colour(options, STDOUT_FILENO)));
    if (options.format == "github") tell_workflow(plan, outcome);
  }
  const bool known = book.end(outcome, &plan);
  const int code = exit_code(plan, outcome);
  return known || code != 0 ? code : static_cast<int>(Exit::Failed);
}

namespace {

/// --rehearse: what the program ends with where the plan must not be carried out.
std::optional<int> rehearse_first(Session& session, const Plan& plan) {
  if (!session.options().rehearse) return std::nullopt;
  const RehearsalReport report = rehearse_plan(session, plan, "apply");
  if (tell_rehearsal(session, plan, report)) {
    flush_output();
    return std::nullopt;
  }
  return static_cast<int>(rehearsal_exit(report));
}

int apply_saved(const Options& options, const Registry& registry, const std::string& path) {
  auto saved = load_plan(path);
  if (!saved) return refuse(options, std::move(saved.error()), Exit::Failed);
  const auto others = other_flags(saved->request, {.environment = options.environment,
                                                   .inventory = options.inventory,
                                                   .limit = options.limit,
                                                   .tags = options.tags,
                                                   .targets = options.targets,
                                                   .set = options.set,
                                                   .prune = options.prune});
  if (!others.empty()) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "a saved plan is carried out as it was made, not with another " +
                              join(others, ", "),
                   .hint = "make one with it: `holdfast plan … --out FILE`"},
                  Exit::Usage);
  }
  Options asked = options;
  asked.environment = saved->request.environment;
  asked.inventory = saved->request.inventory;
  asked.manifests = saved->request.manifests;
  asked.limit = saved->request.limit;
  asked.tags = saved->request.tags;
  asked.targets = saved->request.targets;
  asked.set = saved->request.set;
  asked.prune = saved->request.prune;
  Session session(asked, registry);
  const Planned planned = make_session_plan(session);
  if (!planned.plan) return planned.code;
  if (options.json) say(plan_event(*planned.plan, registry, session.beside()));
  const PlanComparison comparison = compare_plans(*saved, *planned.plan, registry);
  if (comparison.done) {
    const bool read = options.json || options.format == "metrics";
    if (!read) say("Already applied: everything is as this plan would leave it.\n");
    return end_without_run(options, *planned.plan, static_cast<int>(Exit::Done));
  }
  if (comparison.stranger) {
    return refuse(
        asked,
        {.code = Code::PlanStale,
         .message = "the saved plan is of the project in " + printable(saved->request.folder) +
                    ", and nothing that it names is in this one",
         .hint = "apply it from there"},
        Exit::Refused);
  }
  if (!comparison.same) {
    Error stale{.code = Code::PlanStale,
                .message = "the saved plan no longer fits; nothing was changed",
                .hint = "make a new plan"};
    for (const std::string& difference : comparison.differences) {
      stale.notes.push_back({{}, difference});
    }
    return refuse(asked, std::move(stale), Exit::Refused);
  }
  const Diagnostics refused = refusals(options, *planned.plan);
  complain(asked, refused);
  if (refused.failed()) return static_cast<int>(Exit::Refused);
  if (planned.plan->changes()) {
    if (auto unnamed = unnamed_beside_plan(session, options)) {
      return refuse(asked, std::move(*unnamed), Exit::Refused);
    }
  }
  if (const auto code = rehearse_first(session, *planned.plan)) return *code;
  return carry_out(session, *planned.plan);
}

}  // namespace

int apply_command(const Options& options, const Registry& registry) {
  if (options.confirm > 0 && isatty(STDIN_FILENO) != 1) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "--confirm asks a person, and there is no terminal to ask at",
                   .hint = "without it a fresh login confirms"},
                  Exit::Usage);
  }
  const std::vector<std::string>& files = options.manifests;
  const bool saved = std::any_of(files.begin(), files.end(), [](const std::string& path) {
    return ends_with(path, ".hf") || is_saved_plan(path);
  });
  if (saved && files.size() > 1) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "a saved plan is carried out alone, without manifests beside it"},
                  Exit::Usage);
  }
  if (saved) return apply_saved(options, registry, files.front());
  Session session(options, registry);
  const Planned planned = make_session_plan(session);
  if (!planned.plan) return planned.code;
  if (options.json) {
    say(plan_event(*planned.plan, registry, session.beside()));
  } else {
    tell_plan(session, *planned.plan, false);
  }
  const Diagnostics refused = refusals(options, *planned.plan);
  complain(options, refused);
  if (refused.failed()) return static_cast<int>(Exit::Refused);
  flush_output();
  if (planned.plan->changes()) {
    if (auto unnamed = unnamed_environment(session)) {
      return refuse(options, std::move(*unnamed), Exit::Refused);
    }
  }
  if (const auto code = rehearse_first(session, *planned.plan)) return *code;
  if (planned.plan->changes() && !agreed(session)) {
    return refuse(options, nobody_agreed(), Exit::Refused);
  }
  return carry_out(session, *planned.plan);
}

}  // namespace holdfast
