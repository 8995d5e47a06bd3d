#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/apply/runner.h"

namespace holdfast {

/// What makes the copy in which blocks are rehearsed (engine/apply/copy.sh) is sent.
struct CopyOrder {
  std::size_t program = 0;  ///< Bytes at the beginning of `payload`: of its first process.
  std::string payload;
};
CopyOrder copy_order(const std::vector<Block>& blocks);

/// What it said. Paths of the run itself are left out of the differences.
/// @errors HF4009 it can't be read.
Result<Rehearsed> read_copy(std::string_view said);

}  // namespace holdfast
