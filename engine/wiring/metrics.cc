#include <algorithm>
#include <set>
#include <unordered_map>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/wiring/checks.h"
#include "engine/wiring/series.h"

namespace holdfast {
namespace {

bool is_of_rules(const std::string& name) { return name == "ALERTS" || name == "ALERTS_FOR_STATE"; }

std::string matcher_text(const LabelMatcher& matcher) {
  return printable(matcher.label) + matcher.op + "\"" + printable(matcher.value) + "\"";
}

std::string first_word(const std::string& metric) { return metric.substr(0, metric.find('_')); }

class MetricCheck {
 public:
  MetricCheck(const Wiring& wiring, Diagnostics& diagnostics)
      : wiring_(wiring),
        diagnostics_(diagnostics),
        sources_(series_sources(wiring)),
        own_(own_series(wiring)) {
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
    return is_of_rules(name) || is_own_metric(name) ||
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
    if (is_of_rules(use.metric)) return check_alert(use);
    if (is_own_metric(use.metric)) return check_own(use);
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

  /// What is known of the targets themselves, of this job where one is named.
  std::vector<Found> own_found(const std::string& job) const {
    std::vector<Found> out;
    for (const SeriesSource& source : own_) {
      const bool wanted = job.empty() || source.job->name == job;
      if (wanted) out.push_back({&source, &source.exports->metrics.front()});
    }
    return out;
  }

  /// Any job may be one that no manifest speaks of: sure is what is asked of one that is known, or
  /// what looks like a typo.
  void check_own(const MetricUse& use) {
    std::string job;
    for (const LabelMatcher& matcher : use.matchers) {
      const bool named = matcher.label == "job" && matcher.op == "=" && !matcher.variable;
      if (named) job = matcher.value;
    }
    const std::vector<Found> of_job = job.empty() ? std::vector<Found>() : own_found(job);
    if (!of_job.empty()) return check_labels(use, of_job);
    const bool known = std::any_of(wiring_.ends.jobs.begin(), wiring_.ends.jobs.end(),
                                   [&](const ScrapeJob& one) { return one.name == job; });
    const std::vector<Found> all = own_found("");
    if (known || all.empty()) return;
    if (excludes_nothing(use, all)) return;
    for (const Found& one : all) {
      const std::vector<const LabelMatcher*> failed = failed_by(use, one);
      if (failed.empty()) return;
      if (failed.size() > 1 || !is_slip(*failed.front(), one)) continue;
      return tell_label(use, one, *failed.front(), all);
    }
  }

  /// Whether a letter or two part a matcher from what a series has.
  static bool is_slip(const LabelMatcher& matcher, const Found& found) {
    const LabelSeen seen = found.source->label(*found.metric, matcher.label);
    if (seen.state == LabelSeen::State::Known) return misspelt(matcher.value, seen.value);
    const std::vector<std::string> names = labels_of(found);
    return seen.state == LabelSeen::State::Absent &&
           std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return misspelt(matcher.label, name); });
  }

  /// `role!="primry"` lets everything pass: tells of a matcher that was to exclude something, and
  /// doesn't, for its spelling.
  bool excludes_nothing(const MetricUse& use, const std::vector<Found>& found) {
    for (const LabelMatcher& matcher : use.matchers) {
      if (matcher.op != "!=" || matcher.variable || matcher.value.empty()) continue;
      const Found* slip = nullptr;
      const bool idle = std::all_of(found.begin(), found.end(), [&](const Found& one) {
        const LabelSeen seen = one.source->label(*one.metric, matcher.label);
        if (slip == nullptr && is_slip(matcher, one)) slip = &one;
        return seen.state == LabelSeen::State::Absent ||
               (seen.state == LabelSeen::State::Known && seen.value != matcher.value);
      });
      if (!idle || slip == nullptr) continue;
      tell_label(use, *slip, matcher, found);
      return true;
    }
    return false;
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
        // A rule for the others may stand there before there are any.
        return matcher.op[0] == '!' || matches(matcher, seen.value) != Matches::No;
      default:
        return true;
    }
  }

  static std::vector<const LabelMatcher*> failed_by(const MetricUse& use, const Found& found) {
    std::vector<const LabelMatcher*> out;
    for (const LabelMatcher& matcher : use.matchers) {
      if (!passes(matcher, found)) out.push_back(&matcher);
    }
    return out;
  }

  void check_labels(const MetricUse& use, const std::vector<Found>& found) {
    if (excludes_nothing(use, found)) return;
    const Found* best = nullptr;
    std::vector<const LabelMatcher*> failed_by_best;
    for (const Found& one : found) {
      const std::vector<const LabelMatcher*> failed = failed_by(use, one);
      if (failed.empty()) return;
      if (best == nullptr || failed.size() < failed_by_best.size()) {
        best = &one;
        failed_by_best = failed;
      }
    }
    tell_label(use, *best, *failed_by_best.front(), found);
  }

  /// @param best  The series that comes nearest.
  void tell_label(const MetricUse& use, const Found& best, const LabelMatcher& matcher,
                  const std::vector<Found>& found) {
    const bool idle = passes(matcher, best);
    const bool elsewhere = !idle && std::any_of(found.begin(), found.end(),
                                                [&](const Found& f) { return passes(matcher, f); });
    const LabelSeen seen = best.source->label(*best.metric, matcher.label);
    const std::string metric = "'" + printable(use.metric.empty() ? best.metric->name : use.metric);
    Error error{.code = Code::LabelMissing,
                .message = use.what + " asks for " + metric + "' with " + matcher_text(matcher) +
                           (elsewhere ? ", and no series has that and the other labels"
                            : idle    ? ", which excludes nothing: no series has it"
                                      : ", which no series has"),
                .where = use.place()};
    if (seen.state == LabelSeen::State::Known) {
      error.hint = "known is " + values_of(matcher.label, found);
      error.notes.push_back({best.source->target->place(), best.source->text() + ": " +
                                                               printable(matcher.label) + "=\"" +
                                                               printable(seen.value) + "\""});
    } else {
      error.hint = did_you_mean(matcher.label, labels_of(best));
      error.notes.push_back({best.source->where(), best.source->text() + " exports it without '" +
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
  std::vector<SeriesSource> own_;  ///< The targets themselves.
  bool anything_ = false;          ///< Something scraped may export anything.
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
