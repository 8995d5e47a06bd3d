#include "engine/wiring/series.h"

#include <algorithm>
#include <array>

#include "engine/core/text.h"

namespace holdfast {
namespace {

bool fits(std::string_view pattern, std::string_view name) {
  while (!pattern.empty()) {
    if (pattern[0] == '*') {
      for (std::size_t i = 0; i <= name.size(); ++i) {
        if (fits(pattern.substr(1), name.substr(i))) return true;
      }
      return false;
    }
    if (name.empty() || name[0] != pattern[0]) return false;
    pattern.remove_prefix(1);
    name.remove_prefix(1);
  }
  return name.empty();
}

bool has(const ExportedMetric& metric, const std::string& label) {
  return std::find(metric.labels.begin(), metric.labels.end(), label) != metric.labels.end();
}

constexpr std::string_view kMoved = "exported_";

constexpr std::array<std::string_view, 8> kOwn = {"up",
                                                  "scrape_duration_seconds",
                                                  "scrape_samples_scraped",
                                                  "scrape_samples_post_metric_relabeling",
                                                  "scrape_series_added",
                                                  "scrape_timeout_seconds",
                                                  "scrape_sample_limit",
                                                  "scrape_body_size_bytes"};

}  // namespace

bool names_metric(const std::string& pattern, const std::string& name) {
  return fits(pattern, name);
}

bool is_own_metric(const std::string& name) {
  return std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

std::vector<SeriesSource> own_series(const Wiring& wiring) {
  // They have no label but the target's.
  static const Exports kExports{true, {{.name = "up", .labels_known = true}}};
  std::vector<SeriesSource> out;
  for (const ScrapeJob& job : wiring.ends.jobs) {
    if (!job.complete || job.rewrites) continue;
    for (const AskedTarget& target : job.targets) out.push_back({&job, &target, &job, &kExports});
  }
  return out;
}

LabelSeen SeriesSource::exported(const ExportedMetric& metric, const std::string& name) const {
  using Is = LabelSeen::State;
  const auto value = exports->labels.find(name);
  const bool valued = value != exports->labels.end();
  // Where the metrics' own lists name the label, they say which of them have it.
  const bool listed = std::any_of(exports->metrics.begin(), exports->metrics.end(),
                                  [&](const auto& other) { return has(other, name); });
  if (metric.labels_known && !has(metric, name) && (listed || !valued)) return {Is::Absent};
  if (valued) return {Is::Known, value->second};
  return {metric.labels_known ? Is::Present : Is::Unknown};
}

std::optional<std::string> SeriesSource::given(const std::string& name) const {
  const auto found = target->labels.find(name);
  if (found != target->labels.end()) return found->second;
  if (name == "job") return job->name;
  if (name == "instance") return target->host + ":" + std::to_string(target->port);
  return std::nullopt;
}

LabelSeen SeriesSource::label(const ExportedMetric& metric, const std::string& name) const {
  using Is = LabelSeen::State;
  if (job == nullptr || target == nullptr || job->rewrites) return {};
  const std::optional<std::string> own = given(name);
  if (!own) {
    const bool moved = starts_with(name, kMoved) && !job->honor_labels;
    const std::string kept = moved ? name.substr(kMoved.size()) : name;
    return moved && given(kept) ? exported(metric, kept) : exported(metric, name);
  }
  if (!job->honor_labels) return {Is::Known, *own};
  const LabelSeen theirs = exported(metric, name);
  const bool empty = theirs.state == Is::Known && theirs.value.empty();
  return theirs.state == Is::Absent || empty ? LabelSeen{Is::Known, *own} : theirs;
}

Position SeriesSource::where() const {
  if (exporter != nullptr) return exporter->place();
  return target != nullptr ? target->place() : job->place();
}

std::string SeriesSource::text() const {
  std::string out;
  if (exporter != nullptr && exporter != job) out = exporter->who + " on " + exporter->host;
  if (job == nullptr) return out;
  if (!out.empty()) out += ", ";
  out += "scrape job '" + printable(job->name) + "'";
  return target == nullptr ? out : out + ", target " + target_text(*target);
}

std::vector<SeriesSource> series_sources(const Wiring& wiring) {
  std::vector<SeriesSource> out;
  for (const ScrapeJob& job : wiring.ends.jobs) {
    if (job.exports.known) {
      if (job.targets.empty() || !job.complete) out.push_back({&job, nullptr, &job, &job.exports});
      for (const AskedTarget& target : job.targets) {
        out.push_back({&job, &target, &job, &job.exports});
      }
    } else if (!job.complete || job.rewrites) {
      out.push_back({&job});
    }
    for (const AskedTarget& target : job.targets) {
      const Listener* listener = wiring.listener(job, target);
      if (listener != nullptr && listener->exports.known) {
        out.push_back({&job, &target, listener, &listener->exports});
      } else if (!job.exports.known) {
        out.push_back({&job, &target});
      }
    }
  }
  for (const Listener& listener : wiring.ends.listeners) {
    if (listener.port == 0 && listener.exports.known) {
      out.push_back({nullptr, nullptr, &listener, &listener.exports});
    }
  }
  return out;
}

}  // namespace holdfast
