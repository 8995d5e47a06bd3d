#pragma once

#include <string>
#include <vector>

#include "engine/check/prometheus.h"
#include "resources/prometheus/server.h"

namespace holdfast {

/// Questions to the running server that must be answered right within its `wait`.

/// The rules of a file are loaded as they stand there, and none failed. @param tree  Of the file;
/// Null: nothing of it is loaded any more. @param read  Files that it must have read since they
/// were written.
Probe prove_rules(const MonitoringServer& server, const std::string& file, const Value& tree,
                  std::vector<std::string> read);
/// The job has just these targets, and they are up where that is asked.
Probe prove_targets(const MonitoringServer& server, PrometheusQuestion::Job job,
                    std::vector<std::string> read);
/// It has read its configuration.
Probe prove_reload(const MonitoringServer& server, PrometheusQuestion::Family family,
                   std::vector<std::string> read);

}  // namespace holdfast
