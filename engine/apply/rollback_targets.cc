#include "engine/apply/rollback_targets.h"

#include <algorithm>
#include <set>

#include "engine/apply/back_order.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

bool shares_object(const RunMeta& a, const RunMeta& b) {
  const std::set<std::string> objects(a.objects.begin(), a.objects.end());
  return std::any_of(b.objects.begin(), b.objects.end(),
                     [&](const std::string& object) { return objects.count(object) > 0; });
}

Error still_open(const std::string& open) {
  return {.code = Code::OpenRun,
          .message = "run " + printable(open) + " has not ended",
          .hint = "take that one back first: `holdfast rollback " + printable(open) + "`"};
}

/// Runs that the open one went on from: nobody has confirmed them either, so they go back with it.
void add_those_before(const std::vector<RunMeta>& runs, std::vector<RunMeta>& out) {
  std::string next = out.back().instead;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (run->id != next) continue;
    next = run->instead;
    if (stands(*run)) out.push_back(*run);
  }
}

/// What seems to be to take back on a host.
Result<std::vector<RunMeta>> likely_targets(Runner& runner, const RollbackOptions& options) {
  HF_TRY(const std::vector<RunMeta> runs, runs_of(runner));
  const auto open = std::find_if(runs.begin(), runs.end(),
                                 [](const RunMeta& run) { return run.status == "open"; });
  return rollback_targets(runs, open == runs.end() ? "" : open->id, options);
}

}  // namespace

Result<std::vector<RunMeta>> runs_of(Runner& runner) {
  HF_TRY(const std::vector<Remembered> all, runner.runs(Clock::now() + std::chrono::minutes(1)));
  std::vector<RunMeta> out;
  for (const Remembered& run : all) {
    HF_TRY(RunMeta meta, parse_run(run));
    out.push_back(std::move(meta));
  }
  return out;
}

std::optional<RunMeta> open_rollback(const std::vector<RunMeta>& runs, const std::string& open) {
  for (const RunMeta& run : runs) {
    if (run.id == open && run.command == "rollback") return run;
  }
  return std::nullopt;
}

Result<std::vector<RunMeta>> rollback_targets(const std::vector<RunMeta>& runs,
                                              const std::string& open,
                                              const RollbackOptions& options) {
  std::vector<RunMeta> out;
  if (const std::optional<RunMeta> cut_off = open_rollback(runs, open)) {
    if (!options.run.empty() && options.run != open && options.run != cut_off->of) {
      return fail(still_open(open));
    }
    RollbackOptions on = options;
    on.run = cut_off->of;
    on.through = true;
    on.only_open = false;
    return rollback_targets(runs, "", on);
  }
  const std::string wanted = !options.run.empty() ? options.run : open;
  const bool leftover = options.only_open && open.empty();
  const auto target = std::find_if(runs.rbegin(), runs.rend(), [&](const RunMeta& run) {
    if (leftover) return stands(run) && run.status == "half-done";
    return wanted.empty() ? stands(run) : run.id == wanted;
  });
  // One that is still open stands, though a try that came to no end called it taken back.
  if (target == runs.rend() || (!stands(*target) && target->id != open)) return out;
  if (!open.empty() && target->id != open) {
    return fail(still_open(open));
  }
  for (auto later = runs.rbegin(); later != target; ++later) {
    if (!stands(*later) || !shares_object(*later, *target)) continue;
    // What was left of it is the later one's by now.
    if (leftover) return std::vector<RunMeta>{};
    if (!options.through) {
      return fail(Code::LaterRun,
                  "run " + printable(later->id) + " touched the same objects after " +
                      printable(target->id),
                  "take it back first, or say --through");
    }
    out.push_back(*later);
  }
  out.push_back(*target);
  if (target->id == open) add_those_before(runs, out);
  return out;
}

Foresight foresee(const std::map<std::string, Runner*>& runners, const RollbackOptions& options) {
  if (runners.size() < 2) return {options.ways, {}};
  const std::vector<std::pair<std::string, Runner*>> all(runners.begin(), runners.end());
  std::vector<Result<std::vector<RunMeta>>> found(all.size());
  parallel_for(all.size(), options.parallel,
               [&](std::size_t i) { found[i] = likely_targets(*all[i].second, options); });
  Foresight out;
  std::map<std::string, std::vector<RunMeta>> targets;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (found[i] && found[i]->empty()) out.bystanders.insert(all[i].first);
    // Why nothing can be taken back a host says once it is locked.
    targets[all[i].first] = std::move(found[i]).value_or(std::vector<RunMeta>{});
  }
  out.order = back_order(options.ways, targets);
  return out;
}

}  // namespace holdfast
