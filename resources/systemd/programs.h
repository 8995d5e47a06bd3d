#pragma once

#include <chrono>
#include <string>

#include "engine/core/step.h"

namespace holdfast {

/// Steps on units, each joinable with its like: one `systemctl` for all units of a batch.

/// Judges units by their files on disk, before systemd loads them (`systemd-analyze verify`, strict
/// where its version can be).
Run verify_units(const std::string& unit);
/// Undone last, when the old files are back.
Run reload_systemd();
/// enable, disable, mask or unmask, without loading anything.
Run link_unit(const std::string& verb, const std::string& unit);
/// start, restart or reload-or-restart: queues the jobs, waits until they are done, and fails where
/// a unit is not active then.
Run start_unit(const std::string& verb, const std::string& unit);
/// Fails where a unit isn't active `settle` after its start, or has been started again meanwhile.
Run settled_unit(const std::string& unit, std::chrono::milliseconds settle);
Run stop_unit(const std::string& unit);
/// Units that a command line of systemctl takes down, if only for a moment.
Argv units_taken_down(const Argv& argv);
/// Stops a unit whose file goes: its undo loads the file again before it starts the unit.
Run retire_unit(const std::string& unit);

}  // namespace holdfast
