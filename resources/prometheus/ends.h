#pragma once

#include "engine/core/kind.h"
#include "engine/wiring/ends.h"

namespace holdfast {

/// What a job scrapes, as far as the manifest alone decides it.
void add_scrape_ends(const Resource& resource, Ends& ends);
/// Metrics that rules read and make, and the alerts that they raise. @param tree  All of a file.
void add_rule_ends(const Resource& resource, const Value& tree, Ends& ends);

}  // namespace holdfast
