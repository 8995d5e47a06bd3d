#include <algorithm>
#include <cstdlib>

#include "engine/apply/rehearsal_copy.h"
#include "engine/apply/remote_runner.h"
#include "engine/core/crash_point.h"
#include "engine/core/text.h"

namespace holdfast {

std::string_view rehearse_sh();

namespace {

/// What a rehearsal may take: each program, and its undo, no longer than it may take in earnest.
std::chrono::seconds rehearsal_limit(const std::vector<Block>& blocks) {
  std::chrono::milliseconds out = std::chrono::minutes(1);
  for (const Block& block : blocks) {
    for (const Act& act : block.acts) {
      if (const Run* run = std::get_if<Run>(&act.step)) out += 2 * run->limit;
    }
  }
  constexpr std::chrono::milliseconds kMost = std::chrono::minutes(15);
  return std::chrono::ceil<std::chrono::seconds>(std::min(out, kMost));
}

/// Of a way back whose own work hangs; its guard goes on with it.
constexpr std::chrono::minutes kSilence{2};

/// "STEP SECONDS", as a host says it of a program that takes a step back. One that lies gains
/// nothing: the whole way back has a limit, too.
std::chrono::seconds limit_in(const std::string& payload) {
  const std::string text = payload.substr(std::min(payload.size(), payload.find(' ') + 1));
  const double limit = std::strtod(text.c_str(), nullptr);
  constexpr double kDay = 86400;
  return std::chrono::seconds(limit > 0 ? static_cast<int>(std::min(limit, kDay)) + 1 : 0);
}

}  // namespace

Result<RollbackResult> RemoteRunner::rollback(const std::string& id, const RollbackHow& how,
                                              Deadline deadline) {
  HF_CRASH_POINTS("rollback");
  if (!lifeline_) HF_CHECK(guard_anew(how.within.empty() ? id : how.within, how.lease, deadline));
  std::string script = library();
  script += run_folder(id);
  script += std::string("hf_reopen=") + (how.reopen ? "yes" : "no") +
            "\nhf_calls=" + (how.call ? "ask" : "say") + " hf_below=\n" +
            // The guard waits for what can't be ended, and goes on.
            "hf_end_strays || exit 1\n";
  const std::string record = how.restore_state ? "hf_restore_state || hf_record state 1 ''\n" : "";
  RollbackResult result;
  for (;;) {
    script +=
        "hf_rollback\nif [ -n \"$hf_call\" ]; then hf_record call $hf_call "
        "\"$hf_call_data\"\nelse\n" +
        record + "hf_record ok 0 ''\nfi\n";
    HF_TRY(const std::optional<Record> call, roll_on(script, result, deadline));
    if (!call) return result;
    const std::string number = std::to_string(call->status);
    script = "hf_below=" + number + "\n";
    const auto pending = parse_pending_call(call->payload);
    auto done = pending ? how.call(*pending) : Result<void>(tl::unexpected(pending.error()));
    if (done) {
      script += "rm -f \"$hf_run/acted/" + number + "\"; sync \"$hf_run/acted\"\n";
      continue;
    }
    result.left.push_back((pending ? pending->note + ": " : "") + done.error().message);
  }
}

Result<void> RemoteRunner::guard_anew(const std::string& id, std::chrono::seconds lease,
                                      Deadline deadline) {
  arming_.lease = lease;
  const std::string guard = "hf_start_guard " + std::to_string(lease.count());
  // An old guard may still wait for room on the disk; programs of another account hold no lock.
  const std::string script =
      run_folder(id) +
      "if [ -e \"$hf_live/run\" ] && ! hf_end_all hf_find_started; then\n"
      "  hf_record ok 1 \"what it had started can't be ended:$hf_members\"\n"
      "else\n"
      "  hf_make_live; rm -f \"$hf_live/killed\" \"$hf_live/act\"; hf_end_lock_watch\n"
      "  hf_error_text=$( { " +
      guard + " || { systemctl stop \"holdfast-guard-$hf_id.service\"; " + guard +
      "; }; } 2>&1 ); hf_record ok $? \"$hf_error_text\"\nfi\n";
  HF_TRY([[maybe_unused]] const Record record,
         must(script, "taking over run " + printable(id), deadline));
  start_lifeline(id);
  return {};
}

/// As far as the end, or a call that is to be taken back.
Result<std::optional<Record>> RemoteRunner::roll_on(const std::string& script,
                                                    RollbackResult& result, Deadline deadline) {
  HF_CHECK(host_.shell().send(script, {}, deadline));
  std::optional<Record> call;
  bool ended = false;
  Deadline silent = Clock::now() + kSilence;
  const auto on_record = [&](Record&& record) {
    silent = Clock::now() + kSilence;
    if (record.tag == "limit") silent += limit_in(record.payload);
    if (record.tag == "undo") ++result.undone;
    if (record.tag == "stays") ++result.stays;
    if (record.tag == "left") {
      result.left.push_back(record.payload.substr(record.payload.find(' ') + 1));
    }
    if (record.tag == "state") result.state_restored = false;
    if (record.tag == "ok") ended = true;
    if (record.tag == "call") call = std::move(record);
  };
  const auto tick = [&]() -> Result<void> {
    if (Clock::now() > silent) return fail(Code::DeadlinePassed, "its way back stands still");
    return turn();
  };
  HF_TRY([[maybe_unused]] const int status, host_.shell().receive(on_record, kCap, deadline, tick));
  if (!ended && !call) return fail(Code::AnswerMissing, "no word on how the rollback ended");
  return call;
}

Result<Rehearsed> RemoteRunner::rehearse(const std::vector<Block>& blocks,
                                         const std::function<bool()>& must_end) {
  const std::chrono::seconds limit = rehearsal_limit(blocks);
  const CopyOrder order = copy_order(blocks);
  const std::string script =
      library() + std::string(rehearse_sh()) + "hf_rehearse " + std::to_string(limit.count()) +
      " " + std::to_string(arming_.lease.count()) + " " + std::to_string(order.program) + "\n";
  const Deadline deadline = Clock::now() + limit + kAfterKill;
  HF_CHECK(host_.shell().send(script, order.payload, deadline));
  std::optional<Result<Rehearsed>> out;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "copy") out = read_copy(record.payload);
    if (record.tag == "impossible") out = Rehearsed{.impossible = std::move(record.payload)};
  };
  const auto tick = [&]() -> Result<void> {
    if (must_end()) return fail(Code::Interrupted, "the rehearsal was interrupted");
    return {};
  };
  HF_TRY([[maybe_unused]] const int status, host_.shell().receive(on_record, kCap, deadline, tick));
  if (!out) return fail(Code::AnswerMissing, "no word on how the rehearsal ended");
  return std::move(*out);
}

}  // namespace holdfast
