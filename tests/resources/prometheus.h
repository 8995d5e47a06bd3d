#pragma once

#include <variant>

#include "engine/core/step.h"

namespace holdfast {

constexpr const char* kPrometheusConfig = "/etc/prometheus/prometheus.yml";

/// What a step asks Prometheus.
inline PrometheusQuestion asked_prometheus(const Step& step) {
  return std::get<PrometheusQuestion>(std::get<Probe>(step).ask);
}

}  // namespace holdfast
