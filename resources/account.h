#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/step.h"

namespace holdfast {

/// What the kinds of accounts and groups share.

/// Why a text can't be the name of an account or a group; "" if it can. As Debian's useradd, and
/// not a number, which would be taken for an id.
std::string_view bad_account_name(std::string_view name);

/// "2026-12-31" as days since 1970-01-01 (shadow(5)); nullopt where it is no date.
std::optional<std::int64_t> days_of_date(std::string_view date);
std::string date_of_days(std::int64_t days);

/// How the tools of accounts and groups are rehearsed: as they are. Their steps, rehearsed so.
Rehearsal account_rehearsal();
std::vector<PhasedStep> rehearsed_as_accounts(std::vector<PhasedStep> steps);

/// A program of sh. @param name  What process lists call it.
Argv account_program(std::string_view text, const std::string& name, const Argv& words);
/// A program of sh that takes back what an account tool did, perhaps only in part.
/// @param name  What process lists call it.
Argv taking_back(std::string_view text, const std::string& name, const Argv& words);
/// The same, where a call of another such tool is all that it takes.
Argv taking_back(const Argv& tool);

/// Groups whose members are as good as root.
bool is_powerful_group(std::string_view group);

}  // namespace holdfast
