#pragma once

#include <string>

#include "engine/apply/runner.h"

namespace holdfast {

/// What sealing a host came to.
struct Sealed {
  std::size_t objects = 0;  ///< That the record still holds.
  int runs = 0;             ///< That went, with their ways back.
  bool before = false;      ///< It was sealed already.
};

/// Makes a host ready to be copied: runs, backups, the key and all that is this machine's go; the
/// record stays in a form that a copy takes over.
/// @param by  Who does. @errors HF6103 locked, HF6104 a run is open, HF6107 the record is another
/// machine's, HF6109 paused; nothing was changed then.
Result<Sealed> seal(Runner& runner, const std::string& host, const RunMeta& by);

/// Leaves nothing of holdfast on a host. @errors those of seal(); HF6104 where objects that it
/// keeps are still there.
Result<void> leave_host(Runner& runner, const std::string& host, const RunMeta& by);

}  // namespace holdfast
