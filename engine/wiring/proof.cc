#include "engine/wiring/proof.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "engine/core/text.h"
#include "engine/wiring/series.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostSeries = 3;  // Of a metric: targets that it is tried with.
constexpr std::size_t kMostTries = 60;  // Of an alert.
constexpr double kLongest = 2 * 86400;  // Numbers beyond that are no durations.
constexpr int kSettle = 600;

std::string number_text(double number) {
  std::string out = std::to_string(number);
  out.erase(out.find_last_not_of('0') + 1);
  if (ends_with(out, ".")) out.pop_back();
  return out;
}

std::string escaped(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

/// Labels of a series by name.
using Labels = std::map<std::string, std::string>;

std::string series_text(const std::string& metric, const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    out += (out.empty() ? "" : ",") + name + "=\"" + escaped(value) + "\"";
  }
  return metric + "{" + out + "}";
}

/// A value that passes a query's matchers, where the series' own isn't known.
std::string passing(const std::vector<LabelMatcher>& matchers, const std::string& label) {
  for (const LabelMatcher& matcher : matchers) {
    if (matcher.label != label) continue;
    if (matcher.op == "=") return matcher.value;
    const auto choices = plain_choices(matcher.value);
    if (matcher.op == "=~" && choices) return choices->front();
  }
  return "x";
}

class Tries {
 public:
  Tries(const Wiring& wiring, std::size_t alert)
      : alert_(wiring.ends.alerts[alert]), index_(alert) {}

  std::vector<ProofTry> make(const std::vector<SeriesSource>& sources) {
    for (const MetricUse& use : alert_.reads) {
      if (use.metric.empty() || !metrics_.insert(use.metric).second) continue;
      series_.emplace_back();
      for (const Labels& labels : label_sets(use, sources)) {
        series_.back().push_back(series_text(use.metric, labels));
      }
    }
    seconds_ = static_cast<int>(alert_.hold) + kSettle;
    for (const double number : alert_.numbers) {
      if (number >= 60 && number <= kLongest) {
        seconds_ = std::max(seconds_, static_cast<int>(alert_.hold + 2 * number) + kSettle);
      }
    }
    std::vector<std::string> chosen;
    combine(samples(), chosen);
    return std::move(out_);
  }

 private:
  /// The labels of series that targets give and that pass what the query asks for; else those that
  /// it asks for.
  static std::vector<Labels> label_sets(const MetricUse& use,
                                        const std::vector<SeriesSource>& sources) {
    std::vector<Labels> out;
    for (const SeriesSource& source : sources) {
      if (source.exports == nullptr || source.target == nullptr) continue;
      for (const ExportedMetric& metric : source.exports->metrics) {
        if (metric.name != use.metric || out.size() == kMostSeries) continue;
        Labels labels = labels_of(source, metric, use);
        const bool passes =
            std::all_of(use.matchers.begin(), use.matchers.end(), [&](const LabelMatcher& matcher) {
              const auto found = labels.find(matcher.label);
              return matches(matcher, found == labels.end() ? "" : found->second) != Matches::No;
            });
        if (passes) out.push_back(std::move(labels));
      }
    }
    if (!out.empty()) return out;
    Labels asked;
    for (const LabelMatcher& matcher : use.matchers) {
      if (matcher.op[0] == '=' && matcher.label != "__name__") {
        asked[matcher.label] = passing(use.matchers, matcher.label);
      }
    }
    return {asked};
  }

  static Labels labels_of(const SeriesSource& source, const ExportedMetric& metric,
                          const MetricUse& use) {
    std::set<std::string> names{"job", "instance"};
    names.insert(metric.labels.begin(), metric.labels.end());
    for (const auto& [name, value] : source.exports->labels) names.insert(name);
    for (const auto& [name, value] : source.target->labels) names.insert(name);
    Labels out;
    for (const std::string& name : names) {
      const LabelSeen seen = source.label(metric, name);
      if (seen.state == LabelSeen::State::Absent) continue;
      const bool known = seen.state == LabelSeen::State::Known;
      out[name] = known ? seen.value : passing(use.matchers, name);
    }
    return out;
  }

  /// What a metric's samples may be: constants, counters that grow, time itself, none at all.
  std::vector<std::string> samples() const {
    const std::string count = std::to_string(seconds_ / kProofInterval + 1);
    std::vector<std::string> out{"0x" + count, "1x" + count};
    const auto add = [&](const std::string& text) {
      if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(text);
    };
    for (const double n : alert_.numbers) {
      for (const double value : {n + 1, n - 1, 2 * n}) {
        if (value >= 0) add(number_text(value) + "x" + count);
      }
    }
    const auto ramp = [&](double step) { add("0+" + number_text(step) + "x" + count); };
    ramp(kProofInterval);
    for (const double n : alert_.numbers) {
      if (n > 0) ramp(2 * n * kProofInterval);
    }
    out.emplace_back();
    return out;
  }

  void combine(const std::vector<std::string>& values, std::vector<std::string>& chosen) {
    if (out_.size() >= kMostTries) return;
    if (chosen.size() < series_.size()) {
      for (const std::string& value : values) {
        chosen.push_back(value);
        combine(values, chosen);
        chosen.pop_back();
      }
      return;
    }
    ProofTry made{index_, {}, seconds_};
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (chosen[i].empty()) continue;
      for (const std::string& series : series_[i]) made.series.emplace_back(series, chosen[i]);
    }
    out_.push_back(std::move(made));
  }

  const Alert& alert_;
  std::size_t index_;
  std::set<std::string> metrics_;
  std::vector<std::vector<std::string>> series_;  ///< Of each metric.
  int seconds_ = 0;
  std::vector<ProofTry> out_;
};

/// A text in single quotes of YAML.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

}  // namespace

std::vector<ProofTry> proof_tries(const Wiring& wiring) {
  const std::vector<SeriesSource> sources = series_sources(wiring);
  std::vector<ProofTry> out;
  for (std::size_t i = 0; i < wiring.ends.alerts.size(); ++i) {
    for (ProofTry& made : Tries(wiring, i).make(sources)) out.push_back(std::move(made));
  }
  return out;
}

std::string proof_tests(const Wiring& wiring, const std::vector<ProofTry>& tries,
                        const std::vector<bool>& fires,
                        const std::vector<std::string>& rule_files) {
  const std::string interval = std::to_string(kProofInterval) + "s";
  std::string out = "rule_files:\n";
  for (const std::string& file : rule_files) out += "  - " + quoted(file) + "\n";
  out += "evaluation_interval: " + interval + "\ntests:\n";
  for (std::size_t i = 0; i < tries.size(); ++i) {
    const std::string& name = wiring.ends.alerts[tries[i].alert].name;
    out += "  - interval: " + interval + "\n    input_series:\n";
    for (const auto& [series, values] : tries[i].series) {
      out += "      - {series: " + quoted(series) + ", values: " + quoted(values) + "}\n";
    }
    if (tries[i].series.empty()) out.replace(out.size() - 1, 1, " []\n");
    const std::string expression = "count(ALERTS{alertname=\"" + escaped(name) +
                                   "\",alertstate=\"firing\"}) > bool 0 # " + std::to_string(i);
    out += "    promql_expr_test:\n      - expr: " + quoted(expression) +
           "\n        eval_time: " + std::to_string(tries[i].seconds) +
           "s\n        exp_samples: " + (fires[i] ? "[{labels: '{}', value: 1}]" : "[]") + "\n";
  }
  return out;
}

std::set<std::size_t> failed_tries(std::string_view promtool) {
  std::set<std::size_t> out;
  for (const std::string_view line : lines(promtool)) {
    const std::size_t expression = line.find("expr: \"count(ALERTS{");
    const std::size_t mark = line.find(" > bool 0 # ");
    if (expression == std::string_view::npos || mark == std::string_view::npos) continue;
    out.insert(static_cast<std::size_t>(std::atol(std::string(line.substr(mark + 12)).c_str())));
  }
  return out;
}

}  // namespace holdfast
