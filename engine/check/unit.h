#pragma once

#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/probe.h"

namespace holdfast {

/// Whether a unit's name is a pattern, of systemd's: `actions.runner.*.service`.
bool is_unit_pattern(std::string_view name);

/// @param shown  What `systemctl show -p Id,ActiveState,SubState,Result` says: a paragraph a unit.
/// @return what they are, for people. @errors HF6006 one isn't as wanted, or there is none.
Result<std::string> judge_units(const Probe::Unit& wanted, std::string_view shown);

}  // namespace holdfast
