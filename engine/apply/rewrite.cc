#include "engine/apply/rewrite.h"

#include "engine/apply/locks.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {

Result<Rewritten> rewrite_record(
    Runner& runner, RunMeta meta,
    const std::function<std::vector<std::string>(HostState&)>& change) {
  HF_TRY(const Begun begun, runner.begin({}, meta, minutes_from_now(1)));
  if (!begun.locked) return fail(held(meta.host, begun.holder));
  if (!begun.seen.open_run.empty()) {
    return fail(Code::OpenRun, "run " + printable(begun.seen.open_run) + " on " +
                                   printable(meta.host) + " has not ended");
  }
  HF_TRY(HostState state, begun.seen.record());
  unseal(state, begun.seen.machine_id, meta.host);
  meta.objects = change(state);
  Rewritten out{meta.objects, {.host = meta.host, .run = {}, .machine = begun.seen.machine_id}};
  if (meta.objects.empty()) {
    HF_CHECK(runner.release(minutes_from_now(1)));
    return out;
  }
  meta.key = runner.login_key();
  HF_TRY([[maybe_unused]] const std::string key, runner.open(meta, "", {}, minutes_from_now(1)));
  meta.status = "done";
  meta.ended = now_text();
  HF_TRY(out.outcome.chain, runner.end(meta, state_json(state), {}, minutes_from_now(1)));
  out.outcome.run = meta.id;
  out.outcome.end = HostEnd::Applied;
  out.outcome.changed = static_cast<int>(out.objects.size());
  return out;
}

}  // namespace holdfast
