#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/wiring/labels.h"

namespace holdfast {

/// What an expression reads: a metric, by its name and its labels.
struct MetricSelector {
  std::string name;  ///< "" where only matchers say it, or a variable of Grafana's is in it.
  std::vector<LabelMatcher> matchers{};  ///< Those of `__name__` included.
  std::size_t offset = 0;                ///< Of its first byte in the text.
  std::size_t length = 0;
};

/// What is wrong with an expression, for sure.
struct PromqlProblem {
  std::size_t offset = 0;
  std::size_t length = 1;
  std::string message;
};

struct PromqlQuery {
  std::vector<double> numbers{};            ///< That stand in it.
  std::vector<MetricSelector> selectors{};  ///< In their order, as far as the text could be read.
  std::vector<PromqlProblem> problems{};    ///< Nothing follows one of syntax.
  /// Where it gives neither a vector nor a number, what: "a range vector", "a text". promtool takes
  /// such a rule; the server refuses its result at each evaluation.
  std::string no_sample{};
};

/// Whose text it is: a dashboard's has variables ($name, ${name}, [[name]]).
enum class PromqlFrom { Prometheus, Grafana };

/// Reads an expression of Prometheus: its language as of 2.42, and what 3.x takes beyond that. What
/// promtool takes has no problem here; what it refuses has one wherever that can be told for sure.
/// A function that no known version has, and that isn't spelt almost like one, is left to the
/// server.
PromqlQuery read_promql(std::string_view text, PromqlFrom from = PromqlFrom::Prometheus);

/// The first problem of an expression.
std::optional<PromqlProblem> check_promql(std::string_view text,
                                          PromqlFrom from = PromqlFrom::Prometheus);

}  // namespace holdfast
