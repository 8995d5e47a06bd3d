#pragma once

#include <string>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// Which projects may do what on this machine: kept outside any checkout, in
/// $XDG_STATE_HOME/holdfast/trust.json (0600), as direnv keeps its own.
std::string trust_store_path();
/// Whether exactly this list was agreed to for the project in `folder`. @param store  "" : this
/// machine's own.
bool is_trusted(const std::string& store, const std::string& folder,
                const std::vector<std::string>& list);
/// Remembers it. @errors HF1003.
Result<void> remember_trust(const std::string& folder, const std::vector<std::string>& list);

}  // namespace holdfast
