#pragma once

#include <string>

#include "engine/core/error.h"

namespace holdfast {

/// Whether a person at the terminal types `wanted`; false where there is no terminal.
bool person_types(const std::string& wanted, const std::string& question);

/// What a command says that would have changed something. It has no number: nothing is wrong.
Error nobody_agreed();

}  // namespace holdfast
