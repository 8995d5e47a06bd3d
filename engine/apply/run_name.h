#pragma once

#include <string>

#include "engine/journal/state.h"

namespace holdfast {

/// What a server that keeps a history says of a change: "shop/production, h1, run 20261123T…".
std::string run_name(const RunMeta& run, const std::string& host);

}  // namespace holdfast
