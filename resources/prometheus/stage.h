#pragma once

#include <string>

#include "engine/core/kind.h"
#include "engine/wiring/stage.h"

namespace holdfast {

/// Resources by which a running Prometheus sees series for a while, as lines of a manifest: a page
/// with them, which systemd serves on the loopback by what every host has, and a scrape job.
/// @param rules  A resource whose server is meant.
std::string prometheus_stage(const Resource& rules, const ProofStage& stage);

/// The program that answers one request, with its series as they are then.
std::string stage_program(const std::vector<ProofSeries>& series);

}  // namespace holdfast
