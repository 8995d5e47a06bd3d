#pragma once

#include <string>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// A query of a dashboard that a manifest states, for whoever follows metrics to their exporters.
struct PanelQuery {
  std::string panel{};  ///< "panel 'CPU Usage'", "annotation 'Jobs'".
  std::string expr{};   ///< With Grafana's own $variables and macros.
  Position place{};     ///< Where the expression was written.
};

/// Of a `grafana_dashboard`.
std::vector<PanelQuery> panel_queries(const Resource& resource);

}  // namespace holdfast
