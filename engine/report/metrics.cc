#include "engine/report/metrics.h"

#include <vector>

#include "engine/core/text.h"
#include "engine/report/counts.h"
#include "engine/report/progress.h"

namespace holdfast {
namespace {

struct Sample {
  std::string host;
  std::string value;
};

/// A label's value: printable, then quoted as the text format asks.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string gauge(const std::string& name, const std::string& help,
                  const std::vector<Sample>& samples) {
  std::string out = "# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n";
  for (const Sample& sample : samples) {
    const std::string labels = sample.host.empty() ? "" : "{host=\"" + label(sample.host) + "\"}";
    out += name + labels + " " + sample.value + "\n";
  }
  return out;
}

/// Of one host alone.
Counts count_host(const Plan& plan, const HostPlan& host, const Registry& registry) {
  Plan part;
  part.hosts.push_back(host);
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    if (plan.declarations[i].host != host.host) continue;
    part.declarations.push_back(plan.declarations[i]);
    part.rows.push_back(plan.rows[i]);
  }
  return count(part, registry);
}

}  // namespace

std::string drift_metrics(const Plan& plan, const Registry& registry, std::int64_t now) {
  struct Metric {
    const char* name;
    const char* help;
    std::vector<Sample> samples{};
  };
  Metric metrics[] = {
      {"holdfast_host_up", "Whether the host answered."},
      {"holdfast_resources", "Resources that were compared."},
      {"holdfast_drift_resources", "Resources that somebody else changed."},
      {"holdfast_pending_resources", "Resources that the manifest changed and no apply has made."},
      {"holdfast_stranger_resources", "Resources that differ and that no record tells of."},
      {"holdfast_unknown_resources", "Resources that could not be judged."},
      {"holdfast_orphans", "Objects that no manifest names any more."},
      {"holdfast_open_run", "Whether a run was cut off on the host."}};
  for (const HostPlan& host : plan.hosts) {
    const Counts counts = count_host(plan, host, registry);
    const std::size_t values[] = {1 - counts.unreachable, counts.resources, counts.drift,
                                  counts.pending,         counts.strangers, counts.unknown,
                                  counts.orphans,         counts.cut_off};
    for (std::size_t i = 0; i < std::size(values); ++i) {
      // Nothing is known of a host that did not answer: no number is better than a wrong zero.
      if (i > 0 && host.unreachable) break;
      metrics[i].samples.push_back({host.host, std::to_string(values[i])});
    }
  }
  std::string out;
  for (const Metric& metric : metrics) out += gauge(metric.name, metric.help, metric.samples);
  return out + gauge("holdfast_last_run_timestamp_seconds", "When the hosts were last asked.",
                     {{"", std::to_string(now)}});
}

std::string apply_metrics(const Outcome& outcome, std::int64_t now) {
  std::vector<Sample> success;
  std::vector<Sample> changed;
  std::vector<Sample> took;
  for (const HostOutcome& host : outcome.hosts) {
    success.push_back({host.host, ended_well(host) ? "1" : "0"});
    changed.push_back({host.host, std::to_string(host.changed)});
    const auto millis = host.took.count();
    const std::string digits = std::to_string(1000 + millis % 1000).substr(1);
    took.push_back({host.host, std::to_string(millis / 1000) + "." + digits});
  }
  return gauge("holdfast_apply_success", "Whether the last apply ended well on the host.",
               success) +
         gauge("holdfast_apply_changed_resources", "Resources that it changed.", changed) +
         gauge("holdfast_apply_duration_seconds", "How long it took.", took) +
         gauge("holdfast_last_apply_timestamp_seconds", "When it ended.",
               {{"", std::to_string(now)}});
}

}  // namespace holdfast
