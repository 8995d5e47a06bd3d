#pragma once

#include <string>

#include "engine/journal/state.h"

namespace holdfast {

/// What a host's own journal is told when a run begins: the first line is for people, below is a
/// FIELD=VALUE a line, as journald keeps them. No value can make a line or a field of its own.
std::string audit_text(const RunMeta& meta);

/// Who ends a run, for the host's own journal.
struct Ender {
  std::string by = "controller";  ///< HOLDFAST_BY
  std::string words = "its controller";
};

/// Another run, or a command that is none, ends a run: "run ID: rollback of ann from vm".
Ender ended_by(const RunMeta& other, bool opened);

}  // namespace holdfast
