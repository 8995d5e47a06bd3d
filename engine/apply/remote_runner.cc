#include "engine/apply/remote_runner.h"

#include <utility>

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
std::string_view back_sh();
std::string_view by_hand_sh();
std::string_view act_sh();
std::string_view session_sh();
std::string_view guard_sh();
std::string_view audit_sh();
std::string_view later_sh();
std::string_view boot_service();

namespace {

/// The variables of hf_open_run that tell of the run that the new one goes on from.
std::string instead_words(const StoppedRun& run) {
  return "hf_instead=" + shell_quote(run.meta.id) +
         " hf_instead_meta=" + shell_quote(meta_json(run.meta)) +
         " hf_instead_state=" + shell_quote(run.state) + "\n";
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

}  // namespace

std::string RemoteRunner::run_folder(const std::string& id) {
  return "hf_id=" + shell_quote(id) + " hf_run=$hf_home/runs/" + shell_quote(id) +
         " hf_live=/run/holdfast/" + shell_quote(id) + "\n";
}

/// Functions of the journal, the undo and the acts: sent once a connection.
std::string RemoteRunner::library() {
  if (loaded_) return {};
  loaded_ = true;
  return std::string(undo_sh()) + std::string(journal_sh()) + std::string(keep_sh()) +
         std::string(session_sh()) + std::string(audit_sh()) + std::string(act_sh()) +
         "hf_say() { hf_record \"$1\" 0 \"$2 $3\"; }\n";
}

Result<Begun> RemoteRunner::begin(const std::vector<Query>& queries, const RunMeta& by,
                                  Deadline deadline) {
  HF_CRASH_POINTS("lock");
  Observation observation(host_.registry(), queries);
  const std::string look = host_.observe_script(queries);
  const std::string observe_call = "hf_observe\n";
  const std::string functions = look.substr(0, look.size() - observe_call.size());
  const std::chrono::seconds patience = host_.patience(queries);
  deadline += patience;
  const std::string script = library() + functions + "hf_take_lock " +
                             std::to_string((arming_.lease + patience).count()) + " " +
                             shell_quote(meta_json(by)) +
                             "; hf_rc=$?\n"
                             "if [ $hf_rc = 0 ]; then hf_record lock 0 ''; hf_observe\n"
                             "else hf_record lock $hf_rc \"$(hf_lock_holders)\"; hf_drain; fi\n";
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

Result<void> RemoteRunner::keep_lock(Deadline deadline) {
  const std::string lease = std::to_string(arming_.lease.count());
  HF_TRY([[maybe_unused]] const Record record,
         must("hf_watch_lock " + lease + "; hf_record ok 0 ''\n", "keeping the lock", deadline));
  return {};
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
  arming_ = {.lease = arming.lease};
  std::string targets;
  for (const std::string& target : arming.targets) targets += target + "\n";
  std::string script =
      "hf_undo_library=" +
      shell_quote(std::string(undo_sh()) + std::string(keep_sh()) + std::string(session_sh()) +
                  std::string(audit_sh()) + std::string(back_sh())) +
      "\nhf_by_hand=" + shell_quote(by_hand_sh()) +
      "\nhf_guard_program=" + shell_quote(guard_sh()) +
      "\nhf_boot_unit=" + shell_quote(boot_service()) +
      "\nhf_retention=" + shell_quote(retention_words(retention_)) + "\n";
  if (arming.instead) script += instead_words(*arming.instead);
  script += "hf_error_text=$( { hf_open_run " + shell_quote(meta.id) + " " +
            shell_quote(meta_json(meta)) + " " + std::to_string(arming.lease.count()) + " " +
            shell_quote(targets) + " " + shell_quote(audit_text(meta));
  if (!state.empty()) script += " && hf_save_state " + shell_quote(state);
  if (arming.instead) {
    script += " && hf_leave_instead " + shell_quote(arming.instead->by.by) + " " +
              shell_quote(arming.instead->by.words);
  }
  script +=
      "; } 2>&1 ); hf_rc=$?\n" + run_folder(meta.id) +
      "hf_undo_library= hf_by_hand= hf_guard_program= hf_boot_unit=\n"
      "[ $hf_rc != 0 ] || { exec 6<\"$hf_live/run\"; } 2>/dev/null || "
      "{ hf_rc=1; hf_error_text='its guard has ended'; }\n"
      "if [ $hf_rc = 0 ]; then hf_end_lock_watch; hf_can_tell && hf_told= || hf_told=' untold'\n"
      "hf_record ok 0 \"$(cat $hf_home/key)$hf_told\"; "
      "else hf_record ok $hf_rc \"$hf_error_text\"; hf_abandon_run; fi\n"
      "hf_instead= hf_instead_meta= hf_instead_state=\n";
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
  Deadline act_ends = deadline;
  const auto on_record = [&](Record&& record) {
    if (record.tag == "act") {
      const std::size_t act = static_cast<std::size_t>(record.status);
      if (act >= block.acts.size()) return;
      result.done = record.status;
      act_ends = Clock::now() + limit_of(block.acts[act]);
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
    if (watch.must_end() || Clock::now() > act_ends) {
      return fail(Code::DeadlinePassed, "what runs must end");
    }
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

Result<ChainHead> RemoteRunner::end(const RunMeta& meta, const std::string& state, const Ender& by,
                                    Deadline deadline) {
  HF_CRASH_POINTS("end");
  // Once the run is over there may still be old secrets to delete, with the lock held.
  std::string script = run_folder(meta.id) + "hf_show_holder\nhf_error_text=$( { ";
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

}  // namespace holdfast
