#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/apply/block.h"

namespace holdfast {

/// A block as a host's shell runs it.
struct Script {
  std::string text;     ///< Defines hf_block.
  std::string payload;  ///< Contents of files and inputs of programs, in the order in which the
                        ///< acts read them.
  std::vector<std::size_t> starts{};  ///< Where each act's own part of the payload begins.
};

/// What a block does where an act fails: it ends there, or goes past that act (a rehearsal).
enum class AtFailure { Ends, GoesPast };

/// Undo first: the text begins by writing and syncing every undo script of the block.
Script block_script(const Block& block, AtFailure at_failure = AtFailure::Ends);

/// The two apart, for what is done later: shell lines that write and sync the undo scripts, for the
/// body of a function; and the acts alone.
std::string undo_files(const Block& block);
Script acts_script(const Block& block);

/// The undo script of one act; "" where there is nothing to take back.
std::string undo_script(const Act& act);

}  // namespace holdfast
