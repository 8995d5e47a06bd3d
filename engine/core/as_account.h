#pragma once

#include <string>

#include "engine/core/step.h"

namespace holdfast {

/// A program as another account runs it within a step of root's: it gets neither the run's lock nor
/// the line to the controller, which root's own programs hold (descriptors 3, 8 and 9).
Argv as_account(const std::string& user, const Argv& argv);

}  // namespace holdfast
