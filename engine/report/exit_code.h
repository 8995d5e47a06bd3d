#pragma once

#include "engine/apply/apply.h"
#include "engine/apply/rehearsal.h"
#include "engine/plan/plan.h"

namespace holdfast {

/// What the program ends with (docs: Exit codes).
enum class Exit : int {
  Done = 0,         ///< Nothing left to say.
  Failed = 1,       ///< An error; nothing is left half-done.
  Differs = 2,      ///< Changes or drift found, where that was asked.
  Unreachable = 3,  ///< Some hosts.
  Refused = 4,      ///< Stale plan, policy, protect, paused.
  Locked = 5,       ///< By another run.
  HalfDone = 6,     ///< Something is left half-done, or an open run is in the way.
  RolledBack = 7,   ///< Failed, and taken back.
  Usage = 64,
  Interrupted = 130  ///< Nothing half-done.
};

/// The one that wins: 6, 130, 7, 1, 5, 4, 3, 2, 0. Usage wins over all: nothing was begun.
Exit worse(Exit a, Exit b);

/// Of a command that these errors kept from its work: the worst of wrong usage, hosts that are
/// lost, and whatever else failed; Failed where none is told.
int failed_exit(const Diagnostics& diagnostics);

/// Of `plan`. @param detailed  Whether differences count (`--detailed-exitcode`): changes, audited
/// ones too, and what can't be told; not orphans that stay, objects that are only to be adopted,
/// and checks.
int plan_exit_code(const Plan& plan, const Registry& registry, bool detailed);

/// Of `drift`: what every apply runs is no difference either.
int drift_exit_code(const Plan& plan, const Registry& registry);
/// Of a rehearsal that was not sound; Done of one that was.
Exit rehearsal_exit(const RehearsalReport& report);

/// Of `apply` and `rollback`.
int exit_code(const Plan& plan, const Outcome& outcome);

}  // namespace holdfast
