#include "exporter/exporter.h"

#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

#include "exporter/credential.h"
#include "exporter/disk.h"
#include "exporter/memory.h"

namespace holdfast::exporter {
namespace {

using Clock = std::chrono::steady_clock;

#if defined(__x86_64__)
constexpr std::string_view kArchitecture = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kArchitecture = "arm64";
#else
constexpr std::string_view kArchitecture = "other";
#endif

double rounded(double percent) { return std::round(percent * 1000) / 1000; }

}  // namespace

/// One answer while it is written.
class Exporter::Writing {
 public:
  Writing(Exporter& exporter, Format format)
      : exporter_(exporter),
        common_{{"hostname", exporter.hostname_}, {"environment", exporter.settings_.environment}},
        out_(format, common_) {}

  std::string write() {
    service();
    cpu();
    memory();
    disk();
    logs();
    credential();
    about();
    return std::move(out_).finish();
  }

 private:
  void gauge(std::string_view name, std::string_view help, double value,
             std::string_view unit = {}) {
    out_.metric(name, MetricType::Gauge, help, unit);
    out_.sample(value);
  }

  void collected(std::string_view name, bool success) { collectors_.emplace_back(name, success); }

  void service() {
    const auto state = exporter_.service_.look();
    collected("service", state.has_value());
    if (!state) return;
    out_.metric("runner_status", MetricType::Gauge,
                "Whether the runner's service is active and its listener lives (1) or not (0).");
    out_.sample(std::uint64_t{state->online},
                {{"authorized_for_prod", exporter_.settings_.authorized_for_prod},
                 {"active_state", state->active_state}});
    gauge("runner_busy", "Whether the runner works on a job (1) or not (0).", state->busy ? 1 : 0);
  }

  void cpu() {
    const auto percent = exporter_.cpu_.percent();
    collected("cpu", percent.has_value());
    if (!percent) return;
    gauge("runner_cpu_usage_percent",
          "How busy the host's processors were during the last 10 to 15 seconds.",
          rounded(*percent), "percent");
  }

  void memory() {
    const auto seen = read_memory(exporter_.proc_);
    collected("memory", seen.has_value());
    if (!seen) return;
    gauge("runner_memory_usage_percent", "How much of the host's memory is not available.",
          rounded(seen->used_percent), "percent");
    out_.metric("runner_memory_total_bytes", MetricType::Gauge, "The host's memory.", "bytes");
    out_.sample(seen->total_bytes);
  }

  void disk() {
    const Settings& settings = exporter_.settings_;
    const auto seen = read_disk(settings.disk.empty() ? settings.runner_dir : settings.disk);
    collected("disk", seen.has_value());
    if (!seen) return;
    gauge("runner_disk_usage_percent",
          "How full the runner's file system is, of what others than root may use.",
          rounded(seen->used_percent), "percent");
    out_.metric("runner_disk_available_bytes", MetricType::Gauge,
                "What is left to others than root on the runner's file system.", "bytes");
    out_.sample(seen->available_bytes);
  }

  void logs() {
    const RunnerLogs& logs = exporter_.logs_;
    const bool readable = exporter_.logs_.refresh();
    const auto written = readable ? logs.last_written() : std::nullopt;
    collected("check_in", written.has_value());
    if (written) {
      gauge("runner_last_check_in_timestamp_seconds",
            "When the runner wrote its log last, in seconds since 1970.", *written, "seconds");
    }
    const auto jobs = readable ? exporter_.jobs_.look(logs) : std::nullopt;
    collected("jobs", jobs.has_value());
    if (jobs) {
      out_.metric("runner_jobs_total", MetricType::Counter,
                  "Jobs that the runner has begun since the exporter started.");
      out_.sample(*jobs);
    }
    const auto version = exporter_.version_.look(logs);
    collected("version", version.has_value());
    if (version) {
      out_.metric("runner_version_info", MetricType::Info, "The version of the runner.");
      Labels labels{{"version", *version}};
      const std::string& name = exporter_.settings_.runner_name;
      if (!name.empty()) labels.insert(labels.begin(), {"runner_name", name});
      out_.sample(std::uint64_t{1}, labels);
    }
  }

  void credential() {
    const std::string& file = exporter_.settings_.credential_file;
    if (file.empty()) return;
    const auto expiry = read_expiry(file);
    collected("credential", expiry.has_value());
    if (!expiry) return;
    gauge("runner_credential_expiry_timestamp_seconds",
          "When the runner's credential ends, in seconds since 1970.", static_cast<double>(*expiry),
          "seconds");
  }

  void about() {
    out_.metric("runner_collector_success", MetricType::Gauge,
                "Whether what the collector reports could be read (1) or is missing (0).");
    for (const auto& [name, success] : collectors_) {
      out_.sample(std::uint64_t{success}, {{"collector", name}});
    }
    out_.metric("runner_exporter_build_info", MetricType::Info, "The version of the exporter.");
    out_.sample(std::uint64_t{1}, {{"version", EXPORTER_VERSION}, {"arch", kArchitecture}});
    gauge("runner_exporter_scrape_duration_seconds", "How long it took to collect these metrics.",
          std::chrono::duration<double>(Clock::now() - begin_).count(), "seconds");
  }

  Clock::time_point begin_ = Clock::now();
  Exporter& exporter_;
  const Labels common_;
  Exposition out_;
  std::vector<std::pair<std::string_view, bool>> collectors_;
};

Exporter::Exporter(const Settings& settings, std::string hostname, const Places& places)
    : settings_(settings),
      hostname_(std::move(hostname)),
      proc_(places.proc),
      cpu_(places.proc),
      service_(settings.runner_dir, settings.unit, places),
      logs_(settings.runner_dir),
      version_(settings.runner_dir) {
  sample();
  // From here on jobs count.
  if (logs_.refresh()) static_cast<void>(jobs_.look(logs_));
}

std::string Exporter::metrics(Format format) { return Writing(*this, format).write(); }

}  // namespace holdfast::exporter
