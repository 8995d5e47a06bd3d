#include <iterator>
#include <variant>

#include "engine/api/servers.h"
#include "engine/check/only_warns.h"
#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/core/parallel.h"
#include "engine/plan/refusals.h"
#include "engine/report/exit_code.h"
#include "engine/report/verification.h"

namespace holdfast {
namespace {

std::vector<CheckVerdict> ask_all(const Plan& plan, const std::string& host, Runner& runner,
                                  const Registry& registry) {
  const auto remote = [&](const Probe::Remote& asked) {
    return ask_remote(asked, registry, {plain_contact(), [&] { return runner.tunnel(); }});
  };
  std::vector<CheckVerdict> out;
  for (const std::size_t row : plan.rows_of(host)) {
    for (const PhasedStep& phased : plan.rows[row].steps) {
      const Probe* probe = std::get_if<Probe>(&phased.step);
      if (probe == nullptr || !plan.rows[row].selected) continue;
      const Declaration& declaration = plan.declarations[row];
      CheckVerdict verdict{.host = declaration.host,
                           .address = declaration.resource.address(),
                           .asked = describe(phased.step),
                           .passed = true,
                           .warns = only_warns(declaration.resource)};
      const auto started = Clock::now();
      const auto patiently = [] { return false; };
      if (auto answer = runner.probe(*probe, remote, patiently); !answer) {
        verdict.passed = false;
        verdict.got = answer.error().message;
        verdict.hint = answer.error().hint;
      } else {
        verdict.got = std::move(*answer);
      }
      verdict.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
      out.push_back(std::move(verdict));
    }
  }
  return out;
}

std::vector<Unasked> not_asked(const Plan& plan) {
  std::vector<Unasked> out;
  for (const HostPlan& host : plan.hosts) {
    if (!host.unreachable) continue;
    out.push_back({.host = host.host,
                   .why = host.unreachable->message,
                   .hint = host.unreachable->hint,
                   .refused = record_refused(host)});
  }
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    if (!plan.rows[row].refused) continue;
    const Declaration& declaration = plan.declarations[row];
    out.push_back({.host = declaration.host,
                   .address = declaration.resource.address(),
                   .why = plan.rows[row].refused->message,
                   .hint = plan.rows[row].refused->hint,
                   .refused = true});
  }
  return out;
}

bool tell(const Verification& verification, const Options& options) {
  const bool only_junit = options.junit == "-";
  if (!only_junit) {
    say(options.json ? verification_json(verification)
                     : verification_text(verification, Ink(use_colour(options, 1))));
  }
  return options.junit.empty() || keep_junit(options, verification_junit(verification));
}

}  // namespace

int verify_command(const Options& options, const Registry& registry) {
  Session session(options, registry);
  const Planned planned = make_session_plan(session);
  if (!planned.plan) return planned.code;
  const Plan& plan = *planned.plan;
  const auto runners = session.runners();
  std::vector<std::vector<CheckVerdict>> all(plan.hosts.size());
  parallel_for(plan.hosts.size(), session.parallel(), [&](std::size_t i) {
    const auto runner = runners.find(plan.hosts[i].host);
    if (runner != runners.end())
      all[i] = ask_all(plan, plan.hosts[i].host, *runner->second, registry);
  });
  Verification verification{.unasked = not_asked(plan)};
  for (auto& host : all) {
    std::move(host.begin(), host.end(), std::back_inserter(verification.checks));
  }
  if (!tell(verification, options) || verification.failed() > 0) {
    return static_cast<int>(Exit::Failed);
  }
  return plan_exit_code(plan, registry, false);
}

}  // namespace holdfast
