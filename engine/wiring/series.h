#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/wiring/checks.h"

namespace holdfast {

/// What is known of a label of a series.
struct LabelSeen {
  enum class State { Absent, Known, Present, Unknown } state = State::Unknown;
  std::string value{};  ///< Where it is known.
};

/// Series that a Prometheus of the run stores: those of one target, or of nobody knows which.
struct SeriesSource {
  const ScrapeJob* job = nullptr;       ///< nullptr: what gets there by another way.
  const AskedTarget* target = nullptr;  ///< nullptr: any of the job's.
  const End* exporter = nullptr;        ///< Who says what is exported.
  const Exports* exports = nullptr;     ///< nullptr: anything may be.

  /// How a metric's label is stored, after what target and exporter say of it is put together.
  LabelSeen label(const ExportedMetric& metric, const std::string& name) const;
  /// Where the manifests speak of it.
  Position where() const;
  std::string text() const;

 private:
  LabelSeen exported(const ExportedMetric& metric, const std::string& name) const;
  std::optional<std::string> given(const std::string& name) const;
};

std::vector<SeriesSource> series_sources(const Wiring& wiring);

/// Whether Prometheus makes this metric by itself, of each target: `up` …
bool is_own_metric(const std::string& name);
/// The series of such a metric: one of each target of the jobs that are known whole.
std::vector<SeriesSource> own_series(const Wiring& wiring);

/// Whether a name of a metric, in which `*` stands for anything, fits.
bool names_metric(const std::string& pattern, const std::string& name);

}  // namespace holdfast
