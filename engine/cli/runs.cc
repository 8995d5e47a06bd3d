#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/cli/verify_runs.h"
#include "engine/core/parallel.h"
#include "engine/report/exit_code.h"
#include "engine/report/runs_list.h"

namespace holdfast {
namespace {

HostRuns ask(SessionHost& host, Runner* runner) {
  HostRuns out{.host = host.name, .error = host.error};
  for (const auto& other : host.others) out.also.push_back(other->name());
  if (runner == nullptr) return out;
  auto runs = runner->runs(Clock::now() + std::chrono::minutes(1));
  if (!runs) {
    out.error = std::move(runs.error());
    return out;
  }
  for (const Remembered& run : *runs) {
    if (auto meta = parse_run(run)) {
      out.runs.push_back(std::move(*meta));
    } else {
      out.unreadable.push_back(std::move(meta.error()));
    }
  }
  return out;
}

}  // namespace

int runs_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (session.load_inventory_only(diagnostics))
    session.connect(session.scope(diagnostics), diagnostics);
  complain(options, diagnostics);
  if (diagnostics.failed()) return failed_exit(diagnostics);
  Diagnostics clones;
  session.join_names(clones);
  complain(options, clones);
  if (options.verify || options.accept) return verify_runs(session);
  const auto runners = session.runners();
  std::vector<HostRuns> all(session.hosts().size());
  parallel_for(all.size(), session.parallel(), [&](std::size_t i) {
    SessionHost& host = session.hosts()[i];
    const auto runner = runners.find(host.name);
    all[i] = ask(host, runner == runners.end() ? nullptr : runner->second);
  });
  say(options.json ? runs_json(all) : runs_text(all));
  if (clones.failed()) return static_cast<int>(Exit::Failed);
  for (const HostRuns& host : all) {
    if (host.error) return static_cast<int>(Exit::Unreachable);
  }
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
