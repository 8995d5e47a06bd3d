#include "engine/plan/refusals.h"

namespace holdfast {

bool spoils_record(Code code) {
  return code == Code::RecordUnreadable || code == Code::RecordTooNew || code == Code::ForeignState;
}

bool record_refused(const HostPlan& host) {
  return host.unreachable && spoils_record(host.unreachable->code);
}

bool displaced(const Row& row) {
  return row.refused && row.refused->code == Code::PathIsOther && row.record;
}

}  // namespace holdfast
