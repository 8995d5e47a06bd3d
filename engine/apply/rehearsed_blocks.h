#pragma once

#include <string>
#include <vector>

#include "engine/apply/block.h"
#include "engine/apply/rehearsal.h"

namespace holdfast {

/// The acts of a host's blocks that can be rehearsed, as they are rehearsed.
struct RehearsedBlocks {
  std::vector<Block> blocks;
  std::vector<Unrehearsed> left_out;
  std::vector<std::string> leaves;  ///< Paths that programs knowingly don't leave as they were.
  /// Rows before which something is left out, so that what they rest on may be missing: by row, the
  /// row that was left out.
  std::map<std::size_t, std::size_t> after_gap;

  int acts() const;
  /// Only the first `count` acts.
  std::vector<Block> first(int count) const;
  const Act* act(int number) const;
};
RehearsedBlocks rehearsed_blocks(const std::vector<Block>& blocks);

}  // namespace holdfast
