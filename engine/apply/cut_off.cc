#include "engine/apply/cut_off.h"

#include "engine/apply/admission.h"
#include "engine/apply/locks.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// Under the lock.
Result<void> stop(Runner& runner, const Seen& seen, const RunMeta& by) {
  HF_TRY(RunMeta run, remembered_run(runner, seen.open_run, minutes_from_now(1)));
  HF_TRY(HostState state, seen.record());
  unseal(state, seen.machine_id, run.host);
  state.machine = seen.machine_id;
  const StoppedRun end = as_stopped(std::move(run), state, ended_by(by, false));
  HF_TRY([[maybe_unused]] const ChainHead head,
         runner.end(end.meta, end.state, end.by, minutes_from_now(1)));
  return {};
}

}  // namespace

Result<RunMeta> remembered_run(Runner& runner, const std::string& id, Deadline deadline) {
  HF_TRY(const std::vector<Remembered> all, runner.runs(deadline));
  for (const Remembered& one : all) {
    if (auto run = parse_run(one); run && run->id == id) return run;
  }
  return fail(Code::RecordUnreadable, "the record of run " + printable(id) + " can't be read");
}

StoppedRun as_stopped(RunMeta run, HostState& state, Ender by) {
  state.made.insert(run.created.begin(), run.created.end());
  run.status = "stopped";
  run.ended = now_text();
  return {std::move(run), state_json(state), std::move(by)};
}

Result<bool> stop_open_run(Runner& runner, const std::string& host, const std::string& id,
                           const RunMeta& by) {
  HF_TRY(const Begun begun, runner.begin({}, by, minutes_from_now(1)));
  if (!begun.locked) return fail(held(host, begun.holder));
  const std::string& open = begun.seen.open_run;
  Result<void> done;
  if (!open.empty() && open != id) done = fail(not_ended(host, open));
  if (open == id) {
    done = stop(runner, begun.seen, by);
    if (done) return true;
  }
  const auto released = runner.release(minutes_from_now(1));
  HF_CHECK(done);
  HF_CHECK(released);
  return false;
}

}  // namespace holdfast
