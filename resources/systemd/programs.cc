#include "resources/systemd/programs.h"

#include <cstdio>

namespace holdfast {
namespace {

// --recursive-errors came with systemd 250; without it an unknown key is only a warning there.
// --man=no: a host without the manual pages is no error.
constexpr const char* kVerify = R"sh(
strict=--recursive-errors=no
case $(systemctl --version) in 'systemd 2'[0-4]*) strict= ;; esac
exec systemd-analyze verify --man=no $strict -- "$@"
)sh";

// Jobs are queued and polled, so that nothing hangs on a systemctl that waits for ever; the limit
// of the step ends the polling. A unit that fails at once, or is started again by its Restart=
// within the settle time, is a failure. A oneshot may end, if it ends well.
constexpr const char* kStart = R"sh(
verb=$1 settle=$2
shift 2
systemctl reset-failed -- "$@" 2>/dev/null
systemctl --no-block "$verb" -- "$@" || exit
show() { systemctl show --all -p Id,ActiveState,SubState,Result,Type,Job,InvocationID,ExecMainStatus -- "$@"; }
while show "$@" | grep -q '^Job=[1-9]'; do sleep 0.05; done
first=$(show "$@")
case $settle in 0|0.000) second=$first ;; *) sleep "$settle"; second=$(show "$@") ;; esac
printf '%s\n\n%s\n' "$first" "$second" | awk -v RS= -v FS='\n' -v settle="$settle" '
{
  delete p
  for (i = 1; i <= NF; i++) { e = index($i, "="); p[substr($i, 1, e - 1)] = substr($i, e + 1) }
  id = p["Id"]
  up = p["ActiveState"] == "active" || p["ActiveState"] == "reloading"
  if (p["Type"] == "oneshot" && p["ActiveState"] == "inactive" && p["Result"] == "success") up = 1
  if (seen[id]++ && run[id] != p["InvocationID"]) { up = 0; p["SubState"] = "started again" }
  run[id] = p["InvocationID"]
  if (!up && !told[id]++) {
    print id " is " p["ActiveState"] " (" p["SubState"] ", result " p["Result"] ", exit status " p["ExecMainStatus"] ") within " settle \
      " s of its start; see: journalctl -u " id
    bad = 1
  }
}
END { exit bad }' >&2
)sh";

constexpr const char* kRetireUndo = "systemctl daemon-reload\nexec systemctl start -- \"$@\"\n";

std::string seconds(std::chrono::milliseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(time.count()) / 1000.0);
  return text;
}

std::string opposite(const std::string& verb) {
  if (verb == "enable") return "disable";
  if (verb == "disable") return "enable";
  return verb == "mask" ? "unmask" : "mask";
}

Run joined(Argv argv, const std::string& unit, Argv undo, std::string what) {
  Run run;
  run.argv = std::move(argv);
  run.operands = {unit};
  run.joinable = true;
  run.limit = std::chrono::minutes(5);
  run.undo = std::move(undo);
  run.undo_operands = {unit};
  run.note = std::move(what);
  return run;
}

}  // namespace

Run verify_units(const std::string& unit) {
  Run run = joined({"sh", "-c", kVerify, "verify"}, unit, {"true"}, "verify");
  run.undo_operands.clear();
  return run;
}

Run reload_systemd() {
  Run run;
  run.argv = {"systemctl", "daemon-reload"};
  run.joinable = true;
  run.undo = Argv{"systemctl", "daemon-reload"};
  run.undo_order = Run::UndoOrder::Last;
  return run;
}

Run link_unit(const std::string& verb, const std::string& unit) {
  Run run = joined({"systemctl", verb, "--no-reload", "--quiet", "--"}, unit,
                   {"systemctl", opposite(verb), "--no-reload", "--quiet", "--"}, {});
  // What is linked again is what the old file's [Install] says.
  if (verb == "disable") run.undo_order = Run::UndoOrder::Last;
  return run;
}

Run start_unit(const std::string& verb, const std::string& unit, std::chrono::milliseconds settle) {
  const bool start = verb == "start";
  Run run = joined({"sh", "-c", kStart, verb, verb, seconds(settle)}, unit,
                   {"systemctl", start ? "stop" : verb, "--"}, verb);
  if (!start) run.undo_order = Run::UndoOrder::Last;
  return run;
}

Run stop_unit(const std::string& unit) {
  Run run = joined({"systemctl", "stop", "--"}, unit, {"systemctl", "start", "--"}, {});
  run.undo_order = Run::UndoOrder::Last;
  return run;
}

Run retire_unit(const std::string& unit) {
  Run run = stop_unit(unit);
  run.undo = Argv{"sh", "-c", kRetireUndo, "start"};
  return run;
}

}  // namespace holdfast
