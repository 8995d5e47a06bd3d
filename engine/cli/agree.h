#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/cli/session.h"
#include "engine/core/error.h"

namespace holdfast {

/// Whether a person at the terminal types `wanted`; false where there is no terminal.
bool person_types(const std::string& wanted, const std::string& question);

/// Of a protected environment, which is agreed to by name: what is wrong where --yes stands without
/// it.
std::optional<Error> unnamed_environment(const Session& session);
/// The same where a saved plan is carried out: it is agreed to by naming the file, but for a
/// protected environment. @param typed  The command line: the session's has what the plan says.
std::optional<Error> unnamed_beside_plan(const Session& session, const Options& typed);
/// Whether a change of hosts is agreed to: by --yes, or by a person at the terminal.
bool agreed(const Session& session);

/// The same for what has no plan: told under a heading, unless --yes stands. @return what is wrong
/// where nobody agrees.
std::optional<Error> disagreed(const Session& session, const std::string& heading,
                               const std::vector<std::string>& objects);

/// What a command says that would have changed something. It has no number: nothing is wrong.
Error nobody_agreed();

}  // namespace holdfast
