#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// A metric that something gives, by the name under which Prometheus stores it; `*` in it stands
/// for anything.
struct ExportedMetric {
  std::string name;
  bool labels_known = false;
  std::vector<std::string> labels{};  ///< Those of its own, where they are known.
};

/// `name`, or `name{label, label}`; nullopt where it is neither.
std::optional<ExportedMetric> parse_metric(std::string_view text);

/// What an exporter answers (Prometheus' text format, or OpenMetrics), as the metrics that it
/// gives. Everything that makes Prometheus refuse it, or that would be stored as something else
/// than its TYPE says, goes to `diagnostics`.
std::vector<ExportedMetric> read_exposition(const std::shared_ptr<const Source>& source,
                                            Diagnostics& diagnostics);

}  // namespace holdfast
