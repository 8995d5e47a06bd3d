#pragma once

#include <string>
#include <vector>

#include "engine/observe/remote_host.h"

namespace holdfast {

/// Takes away what `prepare` made on a host, by a shell of root's. What may have been there before
/// it, or holds more by now, stays: @return that, as people are told it.
/// @errors HF6001 something can't be removed, such as an account that is still logged in.
Result<std::vector<std::string>> undo_prepare(RemoteHost& host);

}  // namespace holdfast
