#include <variant>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

struct Verdict {
  std::size_t row = 0;
  std::optional<Error> error{};
  std::chrono::milliseconds took{0};
};

std::vector<Verdict> ask_all(const Plan& plan, const std::string& host, Runner& runner) {
  std::vector<Verdict> out;
  for (const std::size_t row : plan.rows_of(host)) {
    for (const PhasedStep& phased : plan.rows[row].steps) {
      const Probe* probe = std::get_if<Probe>(&phased.step);
      if (probe == nullptr || !plan.rows[row].selected) continue;
      const auto started = Clock::now();
      Verdict verdict{row};
      const auto patiently = [] { return false; };
      if (auto answer = runner.probe(*probe, patiently); !answer) {
        verdict.error = std::move(answer.error());
      }
      verdict.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
      out.push_back(std::move(verdict));
    }
  }
  return out;
}

}  // namespace

int verify_command(const Options& options, const Registry& registry) {
  Session session(options, registry);
  const Planned planned = make_session_plan(session);
  if (!planned.plan) return planned.code;
  const Plan& plan = *planned.plan;
  const auto runners = session.runners();
  std::vector<std::vector<Verdict>> all(plan.hosts.size());
  parallel_for(plan.hosts.size(), session.parallel(), [&](std::size_t i) {
    const auto runner = runners.find(plan.hosts[i].host);
    if (runner != runners.end()) all[i] = ask_all(plan, plan.hosts[i].host, *runner->second);
  });
  std::string text;
  int failed = 0;
  int passed = 0;
  for (const auto& host : all) {
    for (const Verdict& verdict : host) {
      const Declaration& declaration = plan.declarations[verdict.row];
      ++(verdict.error ? failed : passed);
      text += std::string(verdict.error ? "FAIL " : "ok   ") +
              printable(declaration.host + " " + declaration.resource.address()) + "  " +
              std::to_string(verdict.took.count()) + " ms\n";
      if (verdict.error) text += "     " + printable(verdict.error->message) + "\n";
    }
  }
  say(text + std::to_string(passed) + " passed, " + std::to_string(failed) + " failed\n");
  if (failed > 0) return static_cast<int>(Exit::Failed);
  return plan_exit_code(plan, registry, false);
}

}  // namespace holdfast
