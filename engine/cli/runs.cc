#include <nlohmann/json.hpp>

#include "engine/apply/rollback.h"
#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/cli/verify_runs.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

struct HostRuns {
  std::string host;
  std::vector<std::string> also;  ///< Other names of the machine.
  std::vector<RunMeta> runs;
  std::optional<Error> error;
};

HostRuns ask(SessionHost& host, Runner* runner) {
  HostRuns out{host.name, {}, {}, host.error};
  for (const auto& other : host.others) out.also.push_back(other->name());
  if (runner == nullptr) return out;
  auto runs = runner->runs(Clock::now() + std::chrono::minutes(1));
  if (!runs) {
    out.error = std::move(runs.error());
    return out;
  }
  for (const Remembered& run : *runs) {
    if (auto meta = parse_run(run)) out.runs.push_back(std::move(*meta));
  }
  return out;
}

/// Whether a run can be taken back; "" where there is nothing to be taken back.
std::string way_back(const RunMeta& run) {
  if (!stands(run) || run.status == "open") return {};
  if (!run.way_back.there) return "no way back: " + why_gone(run.way_back);
  if (!run.way_back.gone.empty())
    return "can be rolled back but for " + counted(run.way_back.gone.size(), "step");
  return "can be rolled back";
}

std::string for_people(const std::vector<HostRuns>& all) {
  std::string out;
  for (const HostRuns& host : all) {
    const std::string also = host.also.empty() ? "" : " (also " + join(host.also, ", ") + ")";
    out += printable(host.host + also) + "\n";
    if (host.error) {
      out += "  unreachable: " + printable(host.error->message) + "\n";
    } else if (host.runs.empty()) {
      out += "  no runs\n";
    }
    for (const RunMeta& run : host.runs) {
      out += "  " + printable(run.id) + "  " + printable(run.status) + "  " +
             printable(run.command) + (run.of.empty() ? "" : " of " + printable(run.of)) + "  " +
             counted(run.changes.size(), "change") + "  by " + printable(run.user) + " from " +
             printable(run.from) + (run.ci.empty() ? "" : "  (" + printable(run.ci) + ")");
      const std::string back = way_back(run);
      out += (back.empty() ? "" : "  " + back) + "\n";
      if (back.empty()) continue;
      for (const std::string& step : run.way_back.gone)
        out += "      can't be taken back any more: " + printable(step) + "\n";
    }
  }
  return out;
}

std::string for_programs(const std::vector<HostRuns>& all) {
  auto out = nlohmann::ordered_json::array();
  for (const HostRuns& host : all) {
    auto runs = nlohmann::ordered_json::array();
    for (const RunMeta& run : host.runs) {
      auto one = nlohmann::ordered_json::parse(meta_json(run));
      one["can_be_rolled_back"] = stands(run) && run.status != "open" && run.way_back.there;
      one["way_back"] = run.way_back.there ? "there" : run.way_back.dropped;
      one["gone"] = run.way_back.gone;
      runs.push_back(std::move(one));
    }
    nlohmann::ordered_json entry{{"host", host.host}, {"also", host.also}, {"runs", runs}};
    if (host.error) entry["unreachable"] = host.error->message;
    out.push_back(entry);
  }
  return out.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
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
  say(options.json ? for_programs(all) : for_people(all));
  if (clones.failed()) return static_cast<int>(Exit::Failed);
  for (const HostRuns& host : all) {
    if (host.error) return static_cast<int>(Exit::Unreachable);
  }
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
