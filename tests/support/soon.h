#pragma once

#include "engine/transport/transport.h"

namespace holdfast {

/// Later than what a test does takes.
inline Deadline soon() { return Clock::now() + std::chrono::seconds(30); }

}  // namespace holdfast
