#pragma once

#include <string>

#include "engine/core/step.h"

namespace holdfast {

/// Does nothing but for its way back, which comes after that of the steps behind it: lines of the
/// account files, and members of groups, stand again in the order in which they stood. The tools
/// that make an account again put it last.
/// @param account  Has its old ranges of subordinate ids again (subuid(5)); "" : none.
/// @param group    Has no password in the way in which it had none ("*" or "!"); "" : none.
Run keep_account_order(const std::string& account, const std::string& group);

}  // namespace holdfast
