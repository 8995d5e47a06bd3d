#include "engine/report/exit_code.h"

#include <algorithm>
#include <array>

#include "engine/plan/refusals.h"
#include "engine/report/counts.h"
#include "engine/report/progress.h"

namespace holdfast {
namespace {

/// Worst first.
constexpr std::array kPrecedence = {
    Exit::Usage,  Exit::HalfDone, Exit::Interrupted, Exit::RolledBack, Exit::Failed,
    Exit::Locked, Exit::Refused,  Exit::Unreachable, Exit::Differs,    Exit::Done};

Exit of_refusal(const std::optional<Error>& error) {
  const Code code = error ? error->code : Code::None;
  if (code == Code::OpenRun) return Exit::HalfDone;
  return code == Code::Locked ? Exit::Locked : Exit::Refused;
}

bool lost(Code code) {
  return code == Code::ConnectionLost || code == Code::DeadlinePassed ||
         code == Code::HostUnreachable;
}

Exit of_host(const HostOutcome& host) {
  if (half_stays(host)) return Exit::HalfDone;
  switch (host.end) {
    case HostEnd::RolledBack:
      // A rollback that was asked for has no error.
      return host.error ? Exit::RolledBack : Exit::Done;
    case HostEnd::HalfDone:
    case HostEnd::Stopped:
      return Exit::HalfDone;
    case HostEnd::Refused:
      return of_refusal(host.error);
    case HostEnd::Locked:
      return Exit::Locked;
    case HostEnd::Unreachable:
      return Exit::Unreachable;
    case HostEnd::Unchanged:
    case HostEnd::Applied:
    case HostEnd::HeldBack:
      break;
  }
  return Exit::Done;
}

/// Left undone, whatever the reason.
bool left_undone(const Plan& plan, const Outcome& outcome) {
  for (const HostOutcome& host : outcome.hosts) {
    if (host.end == HostEnd::HeldBack) return true;
  }
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    if (plan.rows[i].selected && plan.rows[i].unknown && !plan.declarations[i].audit) return true;
  }
  return std::any_of(outcome.rows.begin(), outcome.rows.end(), [](const auto& entry) {
    return entry.second.what == RowOutcome::What::Failed ||
           entry.second.what == RowOutcome::What::NotBegun;
  });
}

Exit of_silence(const HostPlan& host) {
  if (!host.unreachable) return Exit::Done;
  return record_refused(host) ? Exit::Refused : Exit::Unreachable;
}

/// @param drift  What somebody put in the place of something of ours is that somebody's change.
Exit of_plan(const Plan& plan, bool drift) {
  Exit out = Exit::Done;
  for (const HostPlan& host : plan.hosts) {
    out = worse(out, of_silence(host));
    if (!host.open_run.empty() && host.holder.empty()) out = worse(out, Exit::HalfDone);
  }
  for (const Row& row : plan.rows) {
    const bool counts = row.selected && row.refused && !(drift && displaced(row));
    if (counts) out = worse(out, Exit::Refused);
  }
  return out;
}

}  // namespace

Exit worse(Exit a, Exit b) {
  const auto place = [](Exit code) {
    return std::find(kPrecedence.begin(), kPrecedence.end(), code) - kPrecedence.begin();
  };
  return place(a) <= place(b) ? a : b;
}

int failed_exit(const Diagnostics& diagnostics) {
  Exit out = diagnostics.failed() ? Exit::Done : Exit::Failed;
  for (const Error& error : diagnostics.errors()) {
    const bool usage = error.code == Code::Usage;
    out = worse(out, usage ? Exit::Usage : lost(error.code) ? Exit::Unreachable : Exit::Failed);
  }
  return static_cast<int>(out);
}

int plan_exit_code(const Plan& plan, const Registry& registry, bool detailed) {
  Exit out = of_plan(plan, false);
  if (detailed && !count(plan, registry).nothing()) out = worse(out, Exit::Differs);
  return static_cast<int>(out);
}

int drift_exit_code(const Plan& plan, const Registry& registry) {
  Exit out = of_plan(plan, true);
  if (count(plan, registry).differs()) out = worse(out, Exit::Differs);
  return static_cast<int>(out);
}

Exit rehearsal_exit(const RehearsalReport& report) {
  Exit out = report.interrupted ? Exit::Interrupted : Exit::Done;
  for (const HostRehearsal& host : report.hosts) {
    if (!host.faults.empty()) out = worse(out, Exit::Refused);
    if (!host.error || host.error->code == Code::Interrupted) continue;
    out = worse(out, lost(host.error->code) ? Exit::Unreachable : of_refusal(host.error));
  }
  return out;
}

int exit_code(const Plan& plan, const Outcome& outcome) {
  Exit out = outcome.interrupted ? Exit::Interrupted : Exit::Done;
  for (const HostOutcome& host : outcome.hosts) out = worse(out, of_host(host));
  // A run that was in the way when the plan was made, and that apply did not mention, has gone.
  for (const HostPlan& host : plan.hosts) out = worse(out, of_silence(host));
  for (const Row& row : plan.rows) {
    if (row.selected && row.refused) out = worse(out, Exit::Refused);
  }
  // What was left because something else failed has that failure's code; else it is one itself.
  if (out == Exit::Done && left_undone(plan, outcome)) out = Exit::Failed;
  return static_cast<int>(out);
}

}  // namespace holdfast
