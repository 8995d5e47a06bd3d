#include "engine/apply/seal.h"

#include <algorithm>

#include "engine/apply/admission.h"
#include "engine/apply/locks.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// What must not be sealed, and its record, where there is one.
Result<HostState> record_of(const Seen& seen, const std::string& host) {
  if (!seen.open_run.empty()) return fail(not_ended(host, seen.open_run));
  if (!seen.later.empty()) {
    return fail(Code::OpenRun,
                "what run " + printable(seen.later.front()) + " on " + printable(host) +
                    " left for later is still to be done",
                "it comes once the job is over that the run was part of");
  }
  if (seen.pause) return fail(paused(host, *seen.pause));
  if (!seen.state) return HostState{};
  HF_TRY(HostState state, seen.record());
  if (state.sealed.empty() && state.machine != seen.machine_id) {
    return fail(Code::ForeignState, "the record on " + printable(host) +
                                        " belongs to another machine (" + printable(state.machine) +
                                        ")");
  }
  return state;
}

/// A host under its lock, and what its record says.
struct AtRest {
  HostState state;
  bool recorded = false;  ///< It has a record.
};

/// The lock is kept only where nothing is in the way.
Result<AtRest> hold(Runner& runner, const std::string& host, const RunMeta& by) {
  HF_TRY(const Begun begun, runner.begin({}, by, minutes_from_now(2)));
  if (!begun.locked) return fail(held(host, begun.holder));
  auto state = record_of(begun.seen, host);
  if (state) return AtRest{std::move(*state), begun.seen.state.has_value()};
  HF_CHECK(runner.release(minutes_from_now(2)));
  return fail(std::move(state.error()));
}

}  // namespace

Result<Sealed> seal(Runner& runner, const std::string& host, const RunMeta& by) {
  HF_TRY(const AtRest rest, hold(runner, host, by));
  Sealed out{.objects = rest.state.objects.size(), .before = !rest.state.sealed.empty()};
  const bool writes = rest.recorded && !out.before;
  HF_TRY(out.runs, runner.make_image(writes ? state_json(sealed_state(rest.state, now_text())) : "",
                                     minutes_from_now(2)));
  return out;
}

Result<void> leave_host(Runner& runner, const std::string& host, const RunMeta& by) {
  HF_TRY(const AtRest rest, hold(runner, host, by));
  const bool kept = std::any_of(rest.state.objects.begin(), rest.state.objects.end(),
                                [](const auto& object) { return object.second.created; });
  if (!kept) return runner.leave_host(minutes_from_now(2));
  HF_CHECK(runner.release(minutes_from_now(2)));
  return fail(Code::OpenRun,
              printable(host) + " still has what another project or environment made",
              "retire it there, too; `holdfast forget` releases what is to stay");
}

}  // namespace holdfast
