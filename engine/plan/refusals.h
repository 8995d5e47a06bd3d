#pragma once

#include "engine/plan/plan.h"

namespace holdfast {

/// Whether an error says of a host's own record that nobody may go by it.
bool spoils_record(Code code);

/// A host that answered, and whose record can't be used: it is refused, not silent.
bool record_refused(const HostPlan& host);

/// Ours by the record, and something of another type lies in its place now: somebody's change,
/// which apply can't mend.
bool displaced(const Row& row);

}  // namespace holdfast
