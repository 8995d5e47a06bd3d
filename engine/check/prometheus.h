#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/check/probe.h"
#include "engine/core/probe.h"

namespace holdfast {

/// How the host's server is reached, and its files are.
struct PrometheusAccess {
  std::function<Result<HttpAnswer>(const std::string& url)> get;
  /// When a file was written, in seconds since 1970.
  std::function<Result<double>(const std::string& path)> written;
};

/// Asks once. @return what was found, for people. @errors HF6006 with what was asked, and what
/// came.
Result<std::string> ask_prometheus(const PrometheusQuestion& question,
                                   const PrometheusAccess& access);

/// What every sample of a query must be: "== 1", "< 80"; or "none", "some".
struct Comparison {
  std::string op{};  ///< "none" and "some", too.
  double value = 0;
  bool holds(double sample) const;
};
std::optional<Comparison> read_comparison(std::string_view text);

}  // namespace holdfast
