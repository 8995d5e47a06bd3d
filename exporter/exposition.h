#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::exporter {

enum class Format { Text, OpenMetrics };
enum class MetricType { Gauge, Counter, Info };

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// Metrics as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0.
class Exposition {
 public:
  /// @param common  Labels of every sample; kept by reference.
  Exposition(Format format, const Labels& common) : format_(format), common_(common) {}

  /// Begins a metric; its samples follow.
  /// @param name  As Prometheus stores it: a counter's ends with _total, an info's with _info.
  /// @param unit  The last word of the name, where that is one.
  void metric(std::string_view name, MetricType type, std::string_view help,
              std::string_view unit = {});
  void sample(double value, const Labels& labels = {});
  void sample(std::uint64_t value, const Labels& labels = {});

  /// The whole text. Nothing can be added after it.
  std::string finish() &&;

 private:
  void begin_sample(const Labels& labels);
  void label(std::string_view name, std::string_view value, bool first);

  Format format_;
  const Labels& common_;
  std::string out_;
  std::string name_;
};

/// Text for within quotes; bytes that are no UTF-8 become U+FFFD, as a parser would refuse the
/// whole answer for them.
std::string escaped_label(std::string_view value);

}  // namespace holdfast::exporter
