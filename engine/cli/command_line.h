#pragma once

#include "engine/cli/options.h"
#include "engine/core/kind.h"

namespace holdfast {

using Command = int (*)(const Options&, const Registry&);

/// What is to be run; nothing where help was asked for, or the command line is wrong: that has been
/// told, and `code` is what the program ends with.
struct Asked {
  Command run = nullptr;
  int code = 0;
};
Asked read_command_line(int argc, const char* const* argv, Options& options);

}  // namespace holdfast
