#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace holdfast {

/// Every edge of a run, implied and explicit, each once, turned round where its end is to be
/// absent.
std::vector<Edge> collect_edges(const std::vector<Declaration>& declarations,
                                const Registry& registry,
                                const std::map<std::string, std::string>& machine,
                                const LeftOut& left_out, Diagnostics& diagnostics);

}  // namespace holdfast
