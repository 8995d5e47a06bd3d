#pragma once

#include <string>

namespace holdfast {

/// Whether a person at the terminal types `wanted`; false where there is no terminal.
bool person_types(const std::string& wanted, const std::string& question);

}  // namespace holdfast
