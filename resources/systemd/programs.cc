#include "resources/systemd/programs.h"

#include <set>

namespace holdfast {
namespace {

// --recursive-errors came with systemd 250; without it an unknown key is only a warning there.
// --man=no: a host without the manual pages is no error.
constexpr const char* kAnalyze = R"sh(
strict=--recursive-errors=no
case $(systemctl --version) in 'systemd 2'[0-4]*) strict= ;; esac
exec systemd-analyze verify --man=no $strict -- "$@"
)sh";

// Whether units are up. reset-failed before their start set NRestarts to 0: where it isn't any
// more, Restart= has started one again since. A oneshot may end, if it ends well. What a unit that
// isn't up said last in this life tells why.
constexpr const char* kLook = R"sh(
look() {
  down=$(systemctl show --all -p Id,ActiveState,SubState,Result,Type,NRestarts,ExecMainStatus,ExecMainPID,InvocationID -- "$@" | awk -v RS= -v FS='\n' '
{
  delete p
  for (i = 1; i <= NF; i++) { e = index($i, "="); p[substr($i, 1, e - 1)] = substr($i, e + 1) }
  up = p["ActiveState"] == "active" || p["ActiveState"] == "reloading"
  if (p["Type"] == "oneshot" && p["ActiveState"] == "inactive" && p["Result"] == "success") up = 1
  if (p["NRestarts"] > 0) { up = 0; p["SubState"] = "started again" }
  if (!up) {
    print p["Id"] " is " p["ActiveState"] " (" p["SubState"] ", result " p["Result"] ", exit status " p["ExecMainStatus"] \
      ") after its start; see: journalctl -u " p["Id"] >"/dev/stderr"
    print p["Id"] " " p["ExecMainPID"] " " p["InvocationID"]
  }
}')
  [ -n "$down" ] || return 0
  journalctl --sync 2>/dev/null
  # Of a process that ended at once the journal may know the number only.
  printf '%s\n' "$down" | while read -r unit pid life; do
    [ -z "$life" ] || journalctl -q --no-pager -o cat -n 3 --since=-1min "_SYSTEMD_INVOCATION_ID=$life" "_SYSTEMD_UNIT=$unit" \
      + "_PID=$pid" _TRANSPORT=stdout 2>/dev/null | sed "s/^/$unit: /" >&2
  done
  return 1
}
)sh";

// Jobs are queued and polled, so that nothing hangs on a systemctl that waits for ever; the limit
// of the step ends the polling.
constexpr const char* kStart = R"sh(
verb=$1
shift
systemctl reset-failed -- "$@" 2>/dev/null
systemctl --no-block "$verb" -- "$@" || exit
while systemctl show --all -p Job -- "$@" | grep -q '^Job=[1-9]'; do sleep 0.05; done
look "$@"
)sh";

// While the host boots (HF_BOOT) jobs are only queued: what they wait for waits for the undo. The
// unit that failed may have used up all starts that StartLimitBurst= allows.
constexpr const char* kUndoJob = R"sh(
[ "$1" = stop ] || (shift 2; systemctl reset-failed -- "$@" 2>/dev/null)
exec systemctl ${HF_BOOT:+--no-block} "$@"
)sh";
constexpr const char* kRetireUndo = R"sh(
systemctl daemon-reload
systemctl reset-failed -- "$@" 2>/dev/null
exec systemctl ${HF_BOOT:+--no-block} start -- "$@"
)sh";

Argv undo_job(const std::string& verb) { return {"sh", "-c", kUndoJob, "systemctl", verb, "--"}; }

std::string opposite(const std::string& verb) {
  if (verb == "enable") return "disable";
  if (verb == "disable") return "enable";
  return verb == "mask" ? "unmask" : "mask";
}

/// Works on files, and asks no systemd.
constexpr const char* kOnlyFiles = "--root=/";
constexpr const char* kRunning = "it acts on the running systemd";

Run joined(Argv argv, const std::string& unit, Argv undo, std::string what) {
  Run run;
  run.argv = std::move(argv);
  run.operands = {unit};
  run.joinable = true;
  run.limit = std::chrono::minutes(5);
  run.undo = std::move(undo);
  run.undo_operands = {unit};
  run.note = std::move(what);
  run.rehearsal = NotRehearsed{kRunning, false};
  return run;
}

/// @param more  An option of its own, or "".
Argv link_program(const std::string& verb, const std::string& more = {}) {
  Argv argv{"systemctl", verb, "--no-reload", "--quiet", "--"};
  if (!more.empty()) argv.insert(argv.begin() + 2, more);
  return argv;
}

}  // namespace

Run verify_units(const std::string& unit) {
  Run run = joined({"sh", "-c", kAnalyze, "verify"}, unit, {"true"}, "verify");
  run.undo_operands.clear();
  run.rehearsal = Rehearsal{.leaves = {"/run/systemd"}};
  return run;
}

Run reload_systemd() {
  Run run;
  run.rehearsal = NotRehearsed{kRunning, false};
  run.argv = {"systemctl", "daemon-reload"};
  run.joinable = true;
  run.undo = Argv{"systemctl", "daemon-reload"};
  run.undo_order = Run::UndoOrder::Last;
  return run;
}

Run link_unit(const std::string& verb, const std::string& unit) {
  Run run = joined(link_program(verb), unit, link_program(opposite(verb)), {});
  run.rehearsal = Rehearsal{.argv = link_program(verb, kOnlyFiles),
                            .undo = link_program(opposite(verb), kOnlyFiles),
                            .leaves = {"/run/systemd"}};
  // What is linked again is what the old file's [Install] says.
  if (verb == "disable") run.undo_order = Run::UndoOrder::Last;
  return run;
}

Run start_unit(const std::string& verb, const std::string& unit) {
  const bool start = verb == "start";
  Run run = joined({"sh", "-c", std::string(kLook) + kStart, verb, verb}, unit,
                   undo_job(start ? "stop" : verb), verb);
  if (!start) run.restarts = {unit};
  run.undo_stops = {unit};
  if (!start) run.undo_order = Run::UndoOrder::Last;
  run.rehearsal = NotRehearsed{kRunning};
  return run;
}

Run settled_unit(const std::string& unit, std::chrono::milliseconds settle) {
  Run run = joined({"sh", "-c", std::string(kLook) + "look \"$@\"\n", "settled"}, unit, {},
                   "see whether still active:");
  run.undo_operands.clear();
  run.settle = settle;
  return run;
}

Run stop_unit(const std::string& unit) {
  Run run = joined({"systemctl", "stop", "--"}, unit, undo_job("start"), {});
  run.stops = {unit};
  run.undo_order = Run::UndoOrder::Last;
  return run;
}

Argv units_taken_down(const Argv& argv) {
  static const std::set<std::string> kVerbs{
      "stop", "restart",           "try-restart", "force-reload",
      "kill", "reload-or-restart", "condrestart", "try-reload-or-restart"};
  Argv words;
  for (const std::string& word : argv) {
    if (word.substr(0, 1) != "-") words.push_back(word);
  }
  if (words.size() < 3 || words[0].substr(words[0].rfind('/') + 1) != "systemctl") return {};
  if (kVerbs.count(words[1]) == 0) return {};
  Argv out(words.begin() + 2, words.end());
  for (std::string& unit : out) {
    if (unit.find('.') == std::string::npos) unit += ".service";
  }
  return out;
}

Run retire_unit(const std::string& unit) {
  Run run = stop_unit(unit);
  run.undo = Argv{"sh", "-c", kRetireUndo, "start"};
  return run;
}

}  // namespace holdfast
