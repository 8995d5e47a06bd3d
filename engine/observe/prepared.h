#pragma once

#include <string>

#include "engine/core/kind.h"

namespace holdfast {

/// The observe program as a file of its own: speaks the frames of engine/transport/shell.h, but
/// reads every script away and answers questions only. The same bytes for every host of one build,
/// so that sudoers can pin its digest.
std::string prepared_program(const Registry& registry);

/// The line of sudoers that allows `account` just this program, by its digest, without arguments.
std::string sudoers_line(const std::string& account, const std::string& program);

}  // namespace holdfast
