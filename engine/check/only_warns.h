#pragma once

#include "engine/core/kind.h"

namespace holdfast {

/// `only_warns`, of the kinds that ask.
Attribute only_warns_attribute();

/// Whether a wrong answer is told, and fails nothing.
bool only_warns(const Resource& resource);

}  // namespace holdfast
