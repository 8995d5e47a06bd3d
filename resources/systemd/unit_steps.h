#pragma once

#include <string>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

std::string unit_path(const std::string& name);    ///< /etc/systemd/system/NAME
std::string unit_folder(const std::string& name);  ///< /etc/systemd/system/NAME.d
std::string drop_in_path(const std::string& name, const std::string& file);
/// The digest of a text; secret where the text is.
Value text_digest(const Value& content);
/// The drop-ins that a manifest states: file name to text.
const ValueMap& drop_ins(const State& state);

/// The steps of a change of a unit, in phases that resources done together go through together:
/// stop, unlink, files, verify, enable, load, run.
std::vector<PhasedStep> unit_steps(const Resource& resource, const Change& change);
/// What a change does to a running unit: start, stop, restart, reload-or-restart, or "".
std::string unit_verb(const Resource& resource, const Change& change);

}  // namespace holdfast
