#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/wiring/checks.h"
#include "engine/wiring/series.h"

namespace holdfast {
namespace {

/// What Prometheus makes by itself, of every target or of its rules.
constexpr std::array<std::string_view, 10> kOwn = {"up",
                                                   "scrape_duration_seconds",
                                                   "scrape_samples_scraped",
                                                   "scrape_samples_post_metric_relabeling",
                                                   "scrape_series_added",
                                                   "scrape_timeout_seconds",
                                                   "scrape_sample_limit",
                                                   "scrape_body_size_bytes",
                                                   "ALERTS",
                                                   "ALERTS_FOR_STATE"};

std::string matcher_text(const LabelMatcher& matcher) {
  return printable(matcher.label) + matcher.op + "\"" + printable(matcher.value) + "\"";
}

std::string first_word(const std::string& metric) { return metric.substr(0, metric.find('_')); }

class MetricCheck {
 public:
  MetricCheck(const Wiring& wiring, Diagnostics& diagnostics)
      : wiring_(wiring), diagnostics_(diagnostics), sources_(series_sources(wiring)) {
    for (const SeriesSource& source : sources_) {
      if (source.exports == nullptr) {
        anything_ = true;
        continue;
      }
      for (const ExportedMetric& metric : source.exports->metrics) {
        names_.insert(metric.name);
        if (metric.name.find('*') != std::string::npos) {
          patterns_.push_back({&source, &metric});
          continue;
        }
        words_.insert(first_word(metric.name));
        by_name_.emplace(metric.name, Found{&source, &metric});
      }
    }
    for (const RecordedMetric& recorded : wiring.ends.recorded) names_.insert(recorded.name);
  }

  void run() {
    for (const MetricUse& use : wiring_.ends.uses) check(use);
  }

 private:
  struct Found {
    const SeriesSource* source;
    const ExportedMetric* metric;
  };

  /// The names that a use asks for; none where that can't be told.
  static std::vector<std::string> asked(const MetricUse& use) {
    if (!use.metric.empty()) return {use.metric};
    for (const LabelMatcher& matcher : use.matchers) {
      if (matcher.label != "__name__" || matcher.variable) continue;
      if (matcher.op == "=") return {matcher.value};
      if (matcher.op != "=~") continue;
      if (const auto choices = plain_choices(matcher.value)) return *choices;
    }
    return {};
  }

  bool made(const std::string& name) const {
    const auto& recorded = wiring_.ends.recorded;
    return std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end() ||
           std::any_of(recorded.begin(), recorded.end(),
                       [&](const RecordedMetric& r) { return r.name == name; });
  }

  /// Other rules may raise an alert of any name: only what looks like a typo is told of.
  void check_alert(const MetricUse& use) {
    std::vector<std::string> names;
    for (const Alert& alert : wiring_.ends.alerts) names.push_back(alert.name);
    for (const LabelMatcher& matcher : use.matchers) {
      const bool named = matcher.label == "alertname" && matcher.op == "=" && !matcher.variable;
      if (!named || std::find(names.begin(), names.end(), matcher.value) != names.end()) continue;
      const std::vector<std::string> near = nearest(matcher.value, names);
      for (const Alert& alert : wiring_.ends.alerts) {
        if (near.empty() || alert.name != near.front()) continue;
        diagnostics_.warning(
            on_host({.code = Code::AlertMissing,
                     .message = use.what + " asks for the alert '" + printable(matcher.value) +
                                "', which no rule of the manifests raises",
                     .where = use.place(),
                     .hint = did_you_mean(matcher.value, names),
                     .notes = {{alert.place(), "the rule that is nearest"}}},
                    use.host));
        break;
      }
    }
  }

  void check(const MetricUse& use) {
    if (use.metric == "ALERTS" || use.metric == "ALERTS_FOR_STATE") return check_alert(use);
    const std::vector<std::string> names = asked(use);
    if (names.empty() || std::any_of(names.begin(), names.end(),
                                     [&](const std::string& name) { return made(name); })) {
      return;
    }
    std::vector<Found> found;
    for (const std::string& name : names) {
      const auto [first, last] = by_name_.equal_range(name);
      for (auto one = first; one != last; ++one) found.push_back(one->second);
      for (const Found& pattern : patterns_) {
        if (names_metric(pattern.metric->name, name)) found.push_back(pattern);
      }
    }
    if (found.empty()) {
      missing(use, names.front());
    } else if (!anything_) {
      check_labels(use, found);
    }
  }

  /// Sure is only what has the first word of an exporter that is known whole: others may be
  /// scraped by jobs that no manifest speaks of.
  void missing(const MetricUse& use, const std::string& name) {
    const std::vector<std::string> known(names_.begin(), names_.end());
    const std::vector<std::string> near = nearest(name, known);
    const bool related = !near.empty() || words_.count(first_word(name)) > 0;
    if (anything_ && !related) return;
    const bool sure = related && !anything_;
    if (!sure && !told_.insert(name).second) return;
    Error error = on_host(
        {.code = Code::MetricMissing,
         .message = use.what + " asks for the metric '" + printable(name) +
                    "', which nothing exports" + (sure ? "" : ", as far as the manifests tell"),
         .where = use.place(),
         .hint = near.empty() ? "where something else exports it: provides: {metrics: [" +
                                    printable(name) + "]} on its scrape job, or any resource"
                              : did_you_mean(name, known)},
        use.host);
    if (const SeriesSource* source = nearby(near)) {
      error.notes.push_back({source->where(), source->text() + " exports others"});
    }
    if (sure) {
      diagnostics_.error(std::move(error));
    } else {
      diagnostics_.warning(std::move(error));
    }
  }

  /// Who exports the first of these, or else anything at all.
  const SeriesSource* nearby(const std::vector<std::string>& names) const {
    const SeriesSource* out = nullptr;
    for (const SeriesSource& source : sources_) {
      if (source.exports == nullptr) continue;
      if (out == nullptr) out = &source;
      const auto& metrics = source.exports->metrics;
      const bool exact =
          !names.empty() && std::any_of(metrics.begin(), metrics.end(), [&](const auto& metric) {
            return metric.name == names.front();
          });
      if (exact) return &source;
    }
    return out;
  }

  static bool passes(const LabelMatcher& matcher, const Found& found) {
    if (matcher.label == "__name__" || matcher.variable) return true;
    const LabelSeen seen = found.source->label(*found.metric, matcher.label);
    switch (seen.state) {
      case LabelSeen::State::Absent:
        return matches_nothing(matcher) != Matches::No;
      case LabelSeen::State::Known:
        return matches(matcher, seen.value) != Matches::No;
      default:
        return true;
    }
  }

  void check_labels(const MetricUse& use, const std::vector<Found>& found) {
    const Found* best = nullptr;
    std::vector<const LabelMatcher*> failed_by_best;
    for (const Found& one : found) {
      std::vector<const LabelMatcher*> failed;
      for (const LabelMatcher& matcher : use.matchers) {
        if (!passes(matcher, one)) failed.push_back(&matcher);
      }
      if (failed.empty()) return;
      if (best == nullptr || failed.size() < failed_by_best.size()) {
        best = &one;
        failed_by_best = failed;
      }
    }
    const LabelMatcher& matcher = *failed_by_best.front();
    const bool elsewhere =
        std::any_of(found.begin(), found.end(), [&](const Found& f) { return passes(matcher, f); });
    const LabelSeen seen = best->source->label(*best->metric, matcher.label);
    const std::string metric = "'" + printable(best->metric->name) + "'";
    Error error{.code = Code::LabelMissing,
                .message = use.what + " asks for " + metric + " with " + matcher_text(matcher) +
                           (elsewhere ? ", and no series has that and the other labels"
                                      : ", which no series has"),
                .where = use.place()};
    if (seen.state == LabelSeen::State::Known) {
      error.hint = "known is " + values_of(matcher.label, found);
      error.notes.push_back({best->source->target->place(), best->source->text() + ": " +
                                                                printable(matcher.label) + "=\"" +
                                                                printable(seen.value) + "\""});
    } else {
      error.hint = did_you_mean(matcher.label, labels_of(*best));
      error.notes.push_back({best->source->where(), best->source->text() + " exports it without '" +
                                                        printable(matcher.label) + "'"});
    }
    diagnostics_.error(on_host(std::move(error), use.host));
  }

  static std::string values_of(const std::string& label, const std::vector<Found>& found) {
    std::set<std::string> values;
    for (const Found& one : found) {
      const LabelSeen seen = one.source->label(*one.metric, label);
      if (seen.state == LabelSeen::State::Known) {
        values.insert(printable(label) + "=\"" + printable(seen.value) + "\"");
      }
    }
    return join({values.begin(), values.end()}, ", ");
  }

  static std::vector<std::string> labels_of(const Found& found) {
    std::vector<std::string> out = found.metric->labels;
    if (found.source->target != nullptr) {
      for (const auto& [name, value] : found.source->target->labels) out.push_back(name);
    }
    out.emplace_back("job");
    out.emplace_back("instance");
    return out;
  }

  const Wiring& wiring_;
  Diagnostics& diagnostics_;
  std::vector<SeriesSource> sources_;
  bool anything_ = false;  ///< Something scraped may export anything.
  std::unordered_multimap<std::string, Found> by_name_;
  std::vector<Found> patterns_;
  std::set<std::string> names_;
  std::set<std::string> words_;  ///< "runner" of runner_status: what an exporter calls its own.
  std::set<std::string> told_;
};

}  // namespace

void check_metrics(const Wiring& wiring, Diagnostics& diagnostics) {
  // Without a job nobody knows what Prometheus asks for.
  if (wiring.ends.uses.empty() || wiring.ends.jobs.empty()) return;
  MetricCheck(wiring, diagnostics).run();
}

}  // namespace holdfast
