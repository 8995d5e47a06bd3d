#pragma once

#include "resources/grafana/lint.h"

namespace holdfast {

/// Where Grafana's packages put things.
inline constexpr const char* kGrafanaDashboards = "/var/lib/grafana/dashboards";
inline constexpr const char* kGrafanaProvisioning = "/etc/grafana/provisioning";

}  // namespace holdfast
