#pragma once

#include <chrono>
#include <string>

#include "engine/apply/block.h"

/// Words that acts and their undo have in common on a host.
namespace holdfast {

/// "STEP DIR NAME", quoted.
std::string place(const Act& act, const std::string& path);
/// What hf_expect and hf_undo_object compare with.
std::string expect_word(const Expect& expect);
/// " OWNER GROUP MODE": what hf_set_metadata compares with; "" is free.
std::string expect_words(const ExpectMetadata& expect);
/// Whole seconds, at least one.
std::string seconds(std::chrono::milliseconds limit);
Argv whole(Argv argv, const Argv& operands);

}  // namespace holdfast
