#pragma once

#include <string>

#include "engine/apply/block.h"

namespace holdfast {

/// What a program printed, with every secret of the block's acts (whole, and line by line) replaced
/// by "(secret)".
std::string mask_secrets(std::string text, const Block& block);

}  // namespace holdfast
