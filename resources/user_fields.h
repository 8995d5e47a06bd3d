#pragma once

#include "engine/core/kind.h"

namespace holdfast {

/// One usermod for the comment, home, shell, date of expiry and groups of an account that differ.
/// It is not begun where they are no longer what the plan saw, and its way back touches no more
/// than what it left: what somebody else set since stays, and is told.
/// @return Without a program where none of them differs.
Run change_fields(const Resource& resource, const Change& change);

}  // namespace holdfast
