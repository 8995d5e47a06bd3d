#include "engine/apply/no_op.h"

#include "engine/apply/admission.h"
#include "engine/plan/refusals.h"

namespace holdfast {

Outcome nothing_done(const Plan& plan) {
  Outcome out;
  for (const HostPlan& host : plan.hosts) {
    HostOutcome end;
    end.host = host.host;
    if (host.unreachable) {
      end.end = record_refused(host) ? HostEnd::Refused : HostEnd::Unreachable;
      end.error = host.unreachable;
    } else if (!host.open_run.empty() && host.holder.empty()) {
      end.end = HostEnd::Refused;
      end.error = not_ended(host.host, host.open_run);
    }
    out.hosts.push_back(std::move(end));
  }
  return out;
}

}  // namespace holdfast
