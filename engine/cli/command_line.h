#pragma once

#include <string>
#include <vector>

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

/// An option as its parser knows it.
struct OptionShape {
  std::vector<std::string> names{};    ///< "-e", "--environment"
  std::string doc{};                   ///< Its first line.
  std::string value{};                 ///< What its value is: "PATTERN"; "" : it takes none.
  std::vector<std::string> choices{};  ///< All values that there are, where that is few.
  bool again = false;                  ///< May be given several times.
};

struct CommandShape {
  std::string name{}, doc{};
  std::vector<OptionShape> options{};
  /// What its free arguments are, in their order; the only one stands for all.
  std::vector<std::string> arguments{};
};

/// Every command, out of the parser itself: what is told of them can't be out of date.
std::vector<CommandShape> command_shapes();

}  // namespace holdfast
