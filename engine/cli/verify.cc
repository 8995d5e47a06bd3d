#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <variant>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/plan/refusals.h"
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

std::string for_people(const Plan& plan, const std::vector<Verdict>& verdicts, long failed) {
  std::string out;
  for (const Verdict& verdict : verdicts) {
    const Declaration& declaration = plan.declarations[verdict.row];
    out += std::string(verdict.error ? "FAIL " : "ok   ") +
           printable(declaration.host + " " + declaration.resource.address()) + "  " +
           std::to_string(verdict.took.count()) + " ms\n";
    if (verdict.error) out += "     " + printable(verdict.error->message) + "\n";
  }
  for (const HostPlan& host : plan.hosts) {
    if (!host.unreachable) continue;
    out += "?    " + printable(host.host) +
           (record_refused(host) ? " is refused: " : " can't be asked: ") +
           printable(host.unreachable->message) + "\n";
  }
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    if (!plan.rows[row].refused) continue;
    const Declaration& declaration = plan.declarations[row];
    out += "?    " + printable(declaration.host + " " + declaration.resource.address()) +
           " is refused: " + printable(plan.rows[row].refused->message) + "\n";
  }
  const auto passed = static_cast<long>(verdicts.size()) - failed;
  return out + std::to_string(passed) + " passed, " + std::to_string(failed) + " failed\n";
}

std::string for_programs(const Plan& plan, const std::vector<Verdict>& verdicts, long failed) {
  auto checks = nlohmann::ordered_json::array();
  for (const Verdict& verdict : verdicts) {
    const Declaration& declaration = plan.declarations[verdict.row];
    nlohmann::ordered_json check{{"host", declaration.host},
                                 {"address", declaration.resource.address()},
                                 {"passed", !verdict.error},
                                 {"took_ms", verdict.took.count()}};
    if (verdict.error) check["error"] = verdict.error->message;
    checks.push_back(std::move(check));
  }
  auto unreachable = nlohmann::ordered_json::array();
  auto refused = nlohmann::ordered_json::array();
  for (const HostPlan& host : plan.hosts) {
    if (host.unreachable) (record_refused(host) ? refused : unreachable).push_back(host.host);
  }
  const nlohmann::ordered_json out{{"format", 1},
                                   {"checks", checks},
                                   {"unreachable", unreachable},
                                   {"refused", refused},
                                   {"passed", static_cast<long>(verdicts.size()) - failed},
                                   {"failed", failed}};
  return out.dump(1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
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
  std::vector<Verdict> verdicts;
  for (auto& host : all) std::move(host.begin(), host.end(), std::back_inserter(verdicts));
  const auto failed = std::count_if(verdicts.begin(), verdicts.end(),
                                    [](const Verdict& verdict) { return verdict.error; });
  say(options.json ? for_programs(plan, verdicts, failed) : for_people(plan, verdicts, failed));
  if (failed > 0) return static_cast<int>(Exit::Failed);
  return plan_exit_code(plan, registry, false);
}

}  // namespace holdfast
