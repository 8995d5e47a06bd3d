#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/cli/command_line.h"

namespace holdfast {

/// Something that the word under the cursor may become.
struct Proposal {
  std::string word{}, doc{};
};

struct Completion {
  std::vector<Proposal> candidates{};
  bool files = false;  ///< Names of files, too, which the shell knows best.
};

/// What a command line says so far of where names are to be looked for.
struct TypedSoFar {
  std::string environment{}, inventory{}, history{};
};

/// The values of a sort ("HOST", "KIND" …) that are known without asking anybody.
using KnownValues =
    std::function<std::vector<Proposal>(const std::string& sort, const TypedSoFar& typed)>;

/// @param words  After the program's name; the last one is under the cursor, perhaps "".
Completion complete(const std::vector<CommandShape>& commands,
                    const std::vector<std::string>& words, const KnownValues& values);

/// A line a candidate: the word, a tab and what it is; ":files" where files may stand, too. Words
/// that a shell would not take as they are, such as a hostile inventory's `$(…)`, are left out.
std::string completion_lines(const Completion& completion);

}  // namespace holdfast
