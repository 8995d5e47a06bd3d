#pragma once

#include <string>

namespace holdfast {

/// Where the sources of this build lie. A function, not a definition: only one object file differs
/// between two clones, and a compiler cache serves the rest.
std::string source_dir();

}  // namespace holdfast
