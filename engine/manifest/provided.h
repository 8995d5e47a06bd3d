#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/schema.h"
#include "engine/manifest/exposition.h"

namespace holdfast {

/// What a resource gives beside what its kind tells, by its `provides`: where a program listens,
/// which metrics it gives there.
struct Provided {
  std::optional<int> port{};
  bool metrics_known = false;
  std::vector<ExportedMetric> metrics{};
  std::map<std::string, std::string> labels{};  ///< Of all its metrics, with their values.
  std::vector<std::string> units{};             ///< That it makes.
  Position where{};
};

/// Its type in a manifest.
Type provides_type();
/// @param value  Typed by that. What isn't known yet is left out.
/// @param file  Of `metrics_from`, where it was read.
Provided read_provided(const Value& value, const std::shared_ptr<const Source>& file,
                       const Position& where, const std::string& label, Diagnostics& diagnostics);

}  // namespace holdfast
