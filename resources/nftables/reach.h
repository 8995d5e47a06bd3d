#pragma once

#include <string>
#include <string_view>

#include "engine/core/kind.h"
#include "resources/login.h"

namespace holdfast {

/// Whether a login gets through a ruleset, its answers with it. @param ruleset  As `nft -j list
/// ruleset` prints it. @param listing  The same as `nft -s list ruleset` does, for the words of a
/// rule; "" : rules are named by their number alone. Says "open" or "shut" only where it is sure.
WayIn nft_way_in(const std::string& ruleset, std::string_view listing, const Login& login);

}  // namespace holdfast
