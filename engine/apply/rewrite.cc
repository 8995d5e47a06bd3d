#include "engine/apply/rewrite.h"

#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {

Result<std::vector<std::string>> rewrite_record(
    Runner& runner, RunMeta meta,
    const std::function<std::vector<std::string>(HostState&)>& change) {
  const auto soon = [] { return Clock::now() + std::chrono::minutes(1); };
  HF_TRY(const Begun begun, runner.begin({}, soon()));
  if (!begun.locked) {
    const auto holder = parse_meta(begun.holder);
    return fail(Code::Locked,
                printable(meta.host) + " is held by " +
                    (holder ? "run " + printable(holder->id) : std::string("another run")));
  }
  if (!begun.seen.open_run.empty()) {
    return fail(Code::OpenRun, "run " + printable(begun.seen.open_run) + " on " +
                                   printable(meta.host) + " has not ended");
  }
  HF_TRY(HostState state, begun.seen.record());
  meta.objects = change(state);
  if (meta.objects.empty()) {
    HF_CHECK(runner.release(soon()));
    return meta.objects;
  }
  HF_TRY([[maybe_unused]] const std::string key,
         runner.open(meta.id, meta_json(meta), "", {}, soon()));
  meta.status = "done";
  meta.ended = now_text();
  HF_CHECK(runner.end(meta.id, state_json(state), meta_json(meta), soon()));
  return meta.objects;
}

}  // namespace holdfast
