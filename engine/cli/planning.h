#pragma once

#include "engine/apply/rehearsal.h"
#include "engine/cli/session.h"

namespace holdfast {

/// How far this project's files may reach on this machine: by --untrusted, --trust or `holdfast
/// trust`.
Trust trust_level(const Options& options, const Registry& registry);

/// Loads and plans; on failure the errors have been told and `code` is what the program ends with.
struct Planned {
  std::optional<Plan> plan{};
  int code = 0;
};
Planned make_session_plan(Session& session);

/// --require-reversible: an error for each change that no rollback would take back.
Diagnostics irreversible_rows(const Plan& plan);

/// Tells a plan in the form that was asked for. @param rehearsal  Part of its JSON.
void tell_plan(const Session& session, const Plan& plan, bool drift,
               const RehearsalReport* rehearsal = nullptr);

/// The same to be kept with a saved plan; nothing where private texts are in it.
ShownPlan shown_plan(const Session& session, const Plan& plan);

}  // namespace holdfast
