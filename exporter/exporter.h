#pragma once

#include <string>

#include "exporter/cpu.h"
#include "exporter/exposition.h"
#include "exporter/jobs.h"
#include "exporter/runner_log.h"
#include "exporter/runner_service.h"
#include "exporter/settings.h"

namespace holdfast::exporter {

/// Everything that is known of a runner and its host, as metrics. Forks nothing and waits for
/// nobody; what can't be read has no sample, and runner_collector_success says so.
class Exporter {
 public:
  Exporter(const Settings& settings, std::string hostname, const Places& places = {});

  /// To be called every Cpu::kEvery.
  void sample() { cpu_.sample(); }
  std::string metrics(Format format);

 private:
  class Writing;

  Settings settings_;
  std::string hostname_;
  std::string proc_;
  Cpu cpu_;
  RunnerService service_;
  RunnerLogs logs_;
  Jobs jobs_;
  RunnerVersion version_;
};

}  // namespace holdfast::exporter
