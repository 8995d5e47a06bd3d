#include "tests/support/source_dir.h"

namespace holdfast {

std::string source_dir() { return HOLDFAST_SOURCE_DIR; }

}  // namespace holdfast
