#include "engine/apply/remote_runner.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "engine/apply/rehearsal_copy.h"
#include "engine/apply/script.h"
#include "engine/check/probe.h"
#include "engine/check/tunnel.h"
#include "engine/core/crash_point.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {

std::string_view undo_sh();
std::string_view journal_sh();
std::string_view keep_sh();
std::string_view by_hand_sh();
std::string_view act_sh();
std::string_view session_sh();
std::string_view guard_sh();
std::string_view audit_sh();
std::string_view later_sh();
std::string_view rehearse_sh();
std::string_view boot_service();

namespace {

constexpr std::size_t kCap = std::size_t{32} << 20;

/// For a block to end by itself once what it waited for was killed.
constexpr std::chrono::seconds kAfterKill{15};

/// meta.json of each run, its number as the record's status.
constexpr std::string_view kListRuns =
    "for hf_meta in $hf_home/runs/*/meta.json; do\n"
    "  [ -f \"$hf_meta\" ] || continue\n  hf_number=0\n"
    "  [ -s \"${hf_meta%/*}/number\" ] && read -r hf_number <\"${hf_meta%/*}/number\"\n"
    "  hf_record meta \"$hf_number\" \"$(cat \"$hf_meta\")\"\ndone\n";

/// The same of each, then what is no longer there of its way back.
constexpr std::string_view kListKept =
    "for hf_run in $hf_home/runs/*; do\n"
    "  [ -f \"$hf_run/meta.json\" ] || continue\n  hf_number=0 hf_reason=\n"
    "  [ -s \"$hf_run/number\" ] && read -r hf_number <\"$hf_run/number\"\n"
    "  hf_record meta \"$hf_number\" \"$(cat \"$hf_run/meta.json\")\"\n"
    "  [ -d \"$hf_run/undo\" ] || {\n"
    "    { read -r hf_reason <\"$hf_run/dropped\"; } 2>/dev/null\n"
    "    hf_record dropped 0 \"$hf_reason\"\n  }\n"
    "  [ ! -e \"$hf_run/gone\" ] || hf_record gone 0 \"$(hf_gone)\"\ndone\n";

/// By the run: of lines "DIGEST  RUN/meta.json", as sha256sum prints them.
std::map<std::string, std::string> digests_of(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const std::string_view line : lines(text)) {
    const std::size_t name = line.find("  "), slash = line.rfind('/');
    if (name == std::string_view::npos || slash == std::string_view::npos || slash < name) continue;
    out[std::string(line.substr(name + 2, slash - name - 2))] = line.substr(0, name);
  }
  return out;
}

/// What the host waits for before it does what a run left: lines of later.sh.
std::string job_text(const Later& later) {
  std::string out;
  for (const ProcessId& process : later.footing.job) {
    out += "process " + process.id + " " + process.began + "\n";
  }
  const std::string& worker_of = later.footing.worker_of;
  if (!worker_of.empty()) out += "worker " + worker_of + "\n";
  for (const auto& [unit, life] : later.lives) out += "life " + unit + " " + life + "\n";
  return out;
}

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

std::string run_folder(const std::string& id) {
  return "hf_id=" + shell_quote(id) + " hf_run=$hf_home/runs/" + shell_quote(id) +
         " hf_live=/run/holdfast/" + shell_quote(id) + "\n";
}

}  // namespace

/// Functions of the journal, the undo and the acts: sent once a connection.
std::string RemoteRunner::library() {
  if (loaded_) return {};
  loaded_ = true;
  return std::string(undo_sh()) + std::string(journal_sh()) + std::string(keep_sh()) +
         std::string(session_sh()) + std::string(audit_sh()) + std::string(act_sh()) +
         "hf_say() { hf_record \"$1\" 0 \"$2 $3\"; }\n";
}

Result<Begun> RemoteRunner::begin(const std::vector<Query>& queries, Deadline deadline) {
  HF_CRASH_POINTS("lock");
  Observation observation(host_.registry(), queries);
  const std::string look = host_.observe_script(queries);
  const std::string observe_call = "hf_observe\n";
  const std::string functions = look.substr(0, look.size() - observe_call.size());
  const std::chrono::seconds patience = host_.patience(queries);
  deadline += patience;
  const std::string script =
      library() + functions + "hf_take_lock " + std::to_string((arming_.lease + patience).count()) +
      "; hf_rc=$?\n"
      "if [ $hf_rc = 0 ]; then hf_record lock 0 ''; hf_observe\n"
      "else hf_record lock $hf_rc \"$(cat $hf_home/armed/meta.json 2>/dev/null || "
      "hf_lock_holders)\"; hf_drain; fi\n";
  HF_CHECK(host_.shell().send(script, observation.payload(), deadline));
  Begun begun;
  int lock = -1;
  Result<void> taken;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "lock") {
      lock = record.status;
      begun.holder = std::move(record.payload);
    } else if (taken) {
      taken = observation.take(record);
    }
  };
  HF_TRY([[maybe_unused]] const int status, host_.shell().receive(on_record, kCap, deadline));
  HF_CHECK(taken);
  if (lock == 2) {
    return fail(Code::StepFailed, "can't write /var/lib/holdfast on " + printable(host_.name()),
                "is the file system full or read-only?");
  }
  if (lock == 3) {
    return fail(
        Code::UnsafePath, "/var/lib/holdfast on " + printable(host_.name()) + " isn't root's alone",
        "what lies there is run as root: look who made it, then chown root and chmod 0700 it, "
        "or move it away");
  }
  begun.locked = lock == 0;
  if (!begun.locked) return begun;
  if (auto shown = show_lock(deadline); !shown) {
    HF_CHECK(release(deadline));
    return fail(std::move(shown.error()));
  }
  HF_TRY(begun.seen, observation.finish());
  return begun;
}

Result<void> RemoteRunner::show_lock(Deadline deadline) {
  // Where this login may not look, what was seen when the names were joined stands.
  constexpr std::string_view kLook =
      "hf_is=free\nif [ -r /var/lib/holdfast/lock ]; then\n"
      "  ( exec 7</var/lib/holdfast/lock && flock -n 7 ) || hf_is=held\n"
      "elif [ ! -x /var/lib/holdfast ] && [ -e /var/lib/holdfast ]; then hf_is=hidden\nfi\n"
      "hf_record lock 0 $hf_is\n";
  for (RemoteHost* other : others_) {
    HF_TRY(const Record answer, other->shell().ask(kLook, {}, deadline));
    if (answer.payload != "free") continue;
    return fail(Code::ClonedMachine,
                printable(host_.name() + " and " + other->name()) +
                    " looked like one machine, but the lock of one is not held on the other",
                "two machines with one identity: give each its own host keys and machine id");
  }
  return {};
}

Result<Record> RemoteRunner::must(const std::string& script, const std::string& what,
                                  Deadline deadline) {
  HF_TRY(Record record, host_.shell().ask(library() + script, {}, deadline));
  if (record.status != 0 || record.tag != "ok") {
    return fail(
        Code::StepFailed,
        what + " on " + printable(host_.name()) + " failed: " + printable(trim(record.payload)),
        "is the file system of /var/lib/holdfast full or read-only?");
  }
  return record;
}

Result<std::string> RemoteRunner::open(const RunMeta& meta, const std::string& state,
                                       const Arming& arming, Deadline deadline) {
  HF_CRASH_POINTS("open");
  arming_ = arming;
  std::string targets;
  for (const std::string& target : arming.targets) targets += target + "\n";
  std::string script = "hf_undo_library=" +
                       shell_quote(std::string(undo_sh()) + std::string(keep_sh()) +
                                   std::string(session_sh()) + std::string(audit_sh())) +
                       "\nhf_by_hand=" + shell_quote(by_hand_sh()) +
                       "\nhf_guard_program=" + shell_quote(guard_sh()) +
                       "\nhf_boot_unit=" + shell_quote(boot_service()) +
                       "\nhf_retention=" + shell_quote(retention_words(retention_)) + "\n";
  script += "hf_error_text=$( { hf_open_run " + shell_quote(meta.id) + " " +
            shell_quote(meta_json(meta)) + " " + std::to_string(arming.lease.count()) + " " +
            shell_quote(targets) + " " + shell_quote(audit_text(meta));
  if (!state.empty()) script += " && hf_save_state " + shell_quote(state);
  script +=
      "; } 2>&1 ); hf_rc=$?\n" + run_folder(meta.id) +
      "hf_undo_library= hf_by_hand= hf_guard_program= hf_boot_unit=\n"
      "[ $hf_rc != 0 ] || { exec 6<\"$hf_live/run\"; } 2>/dev/null || hf_rc=1\n"
      "if [ $hf_rc = 0 ]; then hf_end_lock_watch; hf_can_tell && hf_told= || hf_told=' untold'\n"
      "hf_record ok 0 \"$(cat $hf_home/key)$hf_told\"; "
      "else hf_record ok $hf_rc \"$hf_error_text\"; hf_abandon_run; fi\n";
  HF_TRY(Record record, must(script, "opening the run", deadline));
  start_lifeline(meta.id);
  const std::size_t key = record.payload.find(' ');
  if (key != std::string::npos) {
    note_ = "it keeps no journal, so begin and end of the run are written down nowhere there";
    record.payload.resize(key);
  }
  return std::move(record.payload);
}

void RemoteRunner::start_lifeline(const std::string& id) {
  lifeline_.emplace(host_.shell(), id, arming_.lease, [this]() -> Result<Shell*> {
    HF_TRY(second_login_, host_.log_in_again(Clock::now() + arming_.lease));
    return &second_login_->shell();
  });
}

Result<void> RemoteRunner::confirm(Deadline deadline) {
  HF_CRASH_POINTS("confirm");
  HF_TRY(const auto again, host_.log_in_again(deadline));
  HF_TRY([[maybe_unused]] const Record answer,
         again->shell().ask("hf_record ok 0 ''\n", {}, deadline));
  return {};
}

Result<void> RemoteRunner::seal(const std::vector<int>& acts, Deadline deadline) {
  std::string script = "hf_error_text=$(hf_seal";
  for (const int act : acts) script += " " + std::to_string(act);
  HF_TRY([[maybe_unused]] const Record record,
         must(script + " 2>&1); hf_record ok $? \"$hf_error_text\"\n", "noting the run", deadline));
  return {};
}

Result<std::string> RemoteRunner::aftermath(const std::string& id, Deadline deadline) {
  HF_CRASH_POINTS("aftermath");
  HF_TRY(const auto again, host_.log_in_again(deadline));
  const std::string folder = "/var/lib/holdfast/runs/" + shell_quote(id);
  // While it is armed it may still be taken back, whatever its meta.json says.
  HF_TRY(Record answer,
         again->shell().ask("if [ /var/lib/holdfast/armed -ef " + folder +
                                " ]; then hf_record ok 0 ''\nelse hf_record ok 0 \"$(cat " +
                                folder + "/meta.json 2>/dev/null)\"; fi\n",
                            {}, deadline));
  return std::move(answer.payload);
}

Result<BlockResult> RemoteRunner::execute(const Block& block, const BlockWatch& watch,
                                          Deadline deadline) {
  HF_CRASH_POINTS("block");
  const Script script = block_script(block);
  // A block can't be interrupted by heartbeats that have no channel of their own.
  std::string lease;
  if (!lifeline_ || lifeline_->given_up()) {
    const auto limit = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
    lease = "hf_lease " + std::to_string((limit + arming_.lease).count()) + "\n";
  }
  const std::string text = library() + lease + script.text +
                           "hf_why=\nif hf_block; then hf_record ok 0 ''; "
                           "else hf_cwd=; hf_clean; hf_record failed 1 \"${hf_why:-stopped}\"; "
                           "fi\nhf_cwd=\ncd /\nhf_drain\n";
  const auto tick = [&] { return turn(); };
  HF_CHECK(host_.shell().send(text, script.payload, deadline, tick));
  HF_CRASH_POINT("block.sent");
  BlockResult result;
  std::optional<bool> ok;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "act") {
      const std::size_t act = static_cast<std::size_t>(record.status);
      if (act >= block.acts.size()) return;
      result.done = record.status;
      HF_CRASH_POINT("act");
      watch.on_act(act);
    } else if (record.tag == "ok") {
      ok = true;
    } else if (record.tag == "failed") {
      ok = false;
      result.failure = std::move(record.payload);
    }
  };
  const auto tick_or_end = [&]() -> Result<void> {
    HF_CHECK(turn());
    if (watch.must_end()) return fail(Code::DeadlinePassed, "what runs must end");
    return {};
  };
  auto ended = host_.shell().receive(on_record, kCap, deadline, tick_or_end);
  if (!ended && ended.error().code == Code::DeadlinePassed) {
    HF_CHECK(kill(watch.must_end() ? "the run was interrupted" : "it took too long"));
    result.killed = true;
    ended = host_.shell().receive(on_record, kCap, Clock::now() + kAfterKill, tick);
  }
  HF_CHECK(ended);
  if (!ok) return fail(Code::AnswerMissing, "no word on how the block ended");
  if (*ok) result.done = static_cast<int>(block.acts.size());
  if (result.failure) {
    result.moved = starts_with(*result.failure, "moved: ");
    result.unsafe = starts_with(*result.failure, "unsafe: ");
    if (result.moved || result.unsafe)
      *result.failure = result.failure->substr(result.failure->find(' ') + 1);
  }
  return result;
}

Result<void> RemoteRunner::leave(const Later& later, Deadline deadline) {
  HF_CRASH_POINTS("leave");
  const Script script = acts_script(later.block);
  const std::string text = "hf_write_undo() {\n" + undo_files(later.block) + "  :\n}\n" +
                           "hf_act_library=" + shell_quote(act_sh()) +
                           "\nhf_later_program=" + shell_quote(later_sh()) +
                           "\nhf_later_acts=" + shell_quote(script.text) +
                           "\nhf_error_text=$( { hf_why=; hf_write_undo && hf_leave_later " +
                           std::to_string(later.limit.count()) +
                           (later.take_back ? " yes " : " no ") + shell_quote(job_text(later)) +
                           " || { printf '%s' \"$hf_why\"; exit 1; }; } 2>&1 ); hf_rc=$?\n"
                           "hf_record ok $hf_rc \"$hf_error_text\"\n"
                           "hf_act_library= hf_later_program= hf_later_acts=\n";
  HF_TRY([[maybe_unused]] const Record record, must(text, "leaving what comes later", deadline));
  return {};
}

std::unique_ptr<HttpTransport> RemoteRunner::tunnel() {
  return tunnel_transport(host_.connection(), {});
}

Result<void> RemoteRunner::note_call(const Act& act, Deadline deadline) {
  HF_CRASH_POINTS("call");
  Block block;
  block.acts.push_back(act);
  const std::string number = std::to_string(act.number);
  const std::string text = "hf_write_undo() {\n" + undo_files(block) +
                           "  true >\"$hf_run\"/acted/" + number + " && sync \"$hf_run\"/acted/" +
                           number +
                           " \"$hf_run\"/acted\n}\n"
                           "hf_error_text=$( { hf_why=; hf_write_undo || { printf '%s' "
                           "\"$hf_why\"; exit 1; }; } 2>&1 ); "
                           "hf_record ok $? \"$hf_error_text\"\n";
  HF_TRY([[maybe_unused]] const Record record, must(text, "noting a call", deadline));
  return {};
}

Result<void> RemoteRunner::take_over(const std::string& id, Deadline deadline) {
  const std::string script = "hf_error_text=$(rm -f \"$hf_home/runs/\"" + shell_quote(id) +
                             "/later 2>&1); hf_record ok $? \"$hf_error_text\"\n";
  HF_TRY([[maybe_unused]] const Record record, must(script, "taking over what waits", deadline));
  return {};
}

Result<void> RemoteRunner::turn() { return lifeline_ ? lifeline_->turn() : Result<void>(); }

Result<void> RemoteRunner::beat() {
  HF_CHECK(turn());
  if (!lifeline_ || !lifeline_->given_up() || Clock::now() < next_own_beat_) return {};
  next_own_beat_ = Clock::now() + arming_.lease / 9;
  HF_TRY([[maybe_unused]] const Record answer,
         host_.shell().ask("hf_beat 1" + std::to_string(++own_beats_) + "0; hf_record ok 0 ''\n",
                           {}, Clock::now() + arming_.lease));
  return {};
}

Result<void> RemoteRunner::kill(const std::string& why) {
  HF_CRASH_POINTS("kill");
  if (lifeline_) return lifeline_->kill(why);
  return fail(Code::Internal, "no run is open");
}

std::string RemoteRunner::take_note() {
  if (!note_.empty()) return std::exchange(note_, {});
  return lifeline_ ? lifeline_->take_trouble().value_or("") : "";
}

Result<std::string> RemoteRunner::probe(const Probe& probe, const AskRemote& remote,
                                        const std::function<bool()>& must_end) {
  HF_CRASH_POINTS("probe");
  const auto tick = [&]() -> Result<void> {
    HF_CHECK(turn());
    if (must_end()) return fail(Code::Interrupted, "the run was interrupted");
    return {};
  };
  return ask_probe(probe, host_.connection(), host_.shell(), remote, tick);
}

Result<RollbackResult> RemoteRunner::rollback(const std::string& id, const RollbackHow& how,
                                              Deadline deadline) {
  HF_CRASH_POINTS("rollback");
  std::string script = library() + run_folder(id);
  if (!lifeline_) {  // of a run that was cut off: it has a new controller now, and needs a guard
    arming_.lease = how.lease;
    script += "hf_make_live; rm -f \"$hf_live/killed\" \"$hf_live/act\"; hf_start_guard " +
              std::to_string(how.lease.count()) + "\n";
    start_lifeline(id);
  }
  script += std::string("hf_reopen=") + (how.reopen ? "yes" : "no") +
            "\nhf_calls=" + (how.call ? "ask" : "say") + " hf_below=\n";
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

/// As far as the end, or a call that is to be taken back.
Result<std::optional<Record>> RemoteRunner::roll_on(const std::string& script,
                                                    RollbackResult& result, Deadline deadline) {
  HF_CHECK(host_.shell().send(script, {}, deadline));
  std::optional<Record> call;
  bool ended = false;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "undo") ++result.undone;
    if (record.tag == "stays") ++result.stays;
    if (record.tag == "left") {
      result.left.push_back(record.payload.substr(record.payload.find(' ') + 1));
    }
    if (record.tag == "state") result.state_restored = false;
    if (record.tag == "ok") ended = true;
    if (record.tag == "call") call = std::move(record);
  };
  HF_TRY([[maybe_unused]] const int status,
         host_.shell().receive(on_record, kCap, deadline, [&] { return turn(); }));
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

Result<void> RemoteRunner::annotate(const RunMeta& meta, const Ender& by, Deadline deadline) {
  HF_CRASH_POINTS("annotate");
  const std::string script = "hf_error_text=$(hf_annotate_run " + shell_quote(meta.id) + " " +
                             shell_quote(meta_json(meta)) + " " + shell_quote(meta.status) + " " +
                             shell_quote(by.by) + " " + shell_quote(by.words) +
                             " 2>&1); hf_record ok $? \"$hf_error_text\"\n";
  HF_TRY([[maybe_unused]] const Record record, must(script, "noting the run", deadline));
  return {};
}

Result<ChainHead> RemoteRunner::end(const RunMeta& meta, const std::string& state, const Ender& by,
                                    Deadline deadline) {
  HF_CRASH_POINTS("end");
  std::string script = run_folder(meta.id) + "hf_error_text=$( { ";
  if (!state.empty()) script += "hf_save_state " + shell_quote(state) + " && ";
  script += "hf_end_run " + shell_quote(meta_json(meta)) + " " + shell_quote(meta.status) + " " +
            shell_quote(by.by) + " " + shell_quote(by.words) +
            "; } 2>&1 ); hf_rc=$?\n"
            "[ $hf_rc != 0 ] || { hf_read_chain; hf_error_text=\"$hf_links $hf_head\"; }\n"
            "hf_record ok $hf_rc \"$hf_error_text\"; hf_drop_lock\n";
  HF_TRY(const Record record, must(script, "closing the run", deadline));
  lifeline_.reset();
  second_login_.reset();
  return parse_chain_head(record.payload);
}

Result<void> RemoteRunner::release(Deadline deadline) {
  HF_CRASH_POINTS("release");
  HF_TRY([[maybe_unused]] const Record record,
         must("hf_drop_lock; hf_record ok 0 ''\n", "dropping the lock", deadline));
  return {};
}

Result<int> RemoteRunner::make_image(const std::string& state, Deadline deadline) {
  const std::string script = "hf_error_text=$(hf_make_image " + shell_quote(state) +
                             " 2>&1); hf_record ok $? \"$hf_error_text\"; hf_drop_lock\n";
  HF_TRY(const Record record, must(script, "sealing", deadline));
  return std::atoi(std::string(trim(record.payload)).c_str());  // NOLINT: digits of our own script
}

Result<void> RemoteRunner::leave_host(Deadline deadline) {
  HF_TRY([[maybe_unused]] const Record record,
         must("hf_error_text=$(hf_leave_host 2>&1); hf_record ok $? \"$hf_error_text\"; "
              "hf_drop_lock\n",
              "leaving the host", deadline));
  return {};
}

Result<std::vector<Remembered>> RemoteRunner::runs(Deadline deadline) {
  HF_CRASH_POINTS("runs");
  HF_CHECK(host_.shell().send(library() + std::string(kListKept), {}, deadline));
  std::vector<std::pair<int, Remembered>> found;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "meta") {
      found.emplace_back(record.status, Remembered{std::move(record.payload)});
    } else if (!found.empty() && record.tag == "dropped") {
      found.back().second.way_back.there = false;
      found.back().second.way_back.dropped = std::move(record.payload);
    } else if (!found.empty() && record.tag == "gone") {
      for (const std::string_view step : lines(record.payload))
        found.back().second.way_back.gone.emplace_back(step);
    }
  };
  HF_TRY([[maybe_unused]] const int status, host_.shell().receive(on_record, kCap, deadline));
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Remembered> out;
  for (auto& [number, run] : found) out.push_back(std::move(run));
  return out;
}

Result<HostChain> RemoteRunner::chain(Deadline deadline) {
  const std::string script =
      library() +
      "hf_record machine 0 \"$(cat /etc/machine-id 2>/dev/null)\"\n"
      "hf_armed=$(readlink $hf_home/armed); hf_record armed 0 \"${hf_armed##*/}\"\n"
      "[ ! -e $hf_home/chain.unreadable ] || hf_record unreadable 0 ''\n" +
      std::string(kListRuns) +
      "hf_record digests 0 \"$(cd $hf_home/runs 2>/dev/null && sha256sum -- */meta.json "
      "2>/dev/null)\"\n"
      "hf_record chain 0 \"$(cat $hf_home/chain 2>/dev/null)\"\n";
  HF_CHECK(host_.shell().send(script, {}, deadline));
  HostChain out;
  std::map<std::string, std::string> digests;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "machine") out.machine = trim(record.payload);
    if (record.tag == "armed") out.armed = record.payload;
    if (record.tag == "unreadable") out.unreadable = true;
    if (record.tag == "chain") out.text = std::move(record.payload);
    if (record.tag == "digests") digests = digests_of(record.payload);
    if (record.tag != "meta") return;
    if (const auto meta = parse_meta(record.payload)) {
      out.runs[meta->id] = {{}, meta->status, record.status};
    }
  };
  HF_TRY([[maybe_unused]] const int status, host_.shell().receive(on_record, kCap, deadline));
  for (const auto& [run, digest] : digests) out.runs[run].digest = digest;
  return out;
}

Result<std::string> RemoteRunner::state_before(const std::string& id, Deadline deadline) {
  HF_TRY(Record record,
         must(run_folder(id) + "hf_record ok 0 \"$(cat \"$hf_run/backup/state\" 2>/dev/null)\"\n",
              "reading the run's record", deadline));
  return std::move(record.payload);
}

}  // namespace holdfast
