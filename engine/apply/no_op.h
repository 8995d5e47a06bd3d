#pragma once

#include "engine/apply/apply.h"

namespace holdfast {

/// How the hosts of a plan end that changes nothing: no run is opened for it.
Outcome nothing_done(const Plan& plan);

}  // namespace holdfast
