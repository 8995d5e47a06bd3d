#include <algorithm>
#include <cmath>

#include "engine/core/text.h"
#include "engine/wiring/proof.h"
#include "engine/wiring/series.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostSeries = 3;  // Of a metric: targets that it is tried with.
constexpr std::size_t kMostTries = 60;  // Of an alert.
constexpr int kDeepest = 8;             // Recordings of recordings.
constexpr double kLongest = 2 * 86400;  // Numbers beyond that are no durations.
constexpr int kSettle = 600;
constexpr const char* kAny = "x";

/// Labels of a series by name.
using Labels = std::map<std::string, std::string>;

/// A value that passes a query's matchers, where the series' own isn't known.
std::string passing(const std::vector<LabelMatcher>& matchers, const std::string& label) {
  std::vector<std::string> candidates;
  for (const LabelMatcher& matcher : matchers) {
    if (matcher.label != label) continue;
    if (matcher.op == "=") candidates.push_back(matcher.value);
    if (matcher.op != "=~") continue;
    for (std::string& one : plain_choices(matcher.value).value_or(std::vector<std::string>())) {
      candidates.push_back(std::move(one));
    }
    if (auto example = regex_example(matcher.value)) candidates.push_back(std::move(*example));
  }
  candidates.insert(candidates.end(), {kAny, "y"});
  for (const std::string& candidate : candidates) {
    const bool passes = std::all_of(matchers.begin(), matchers.end(), [&](const auto& matcher) {
      return matcher.label != label || matches(matcher, candidate) != Matches::No;
    });
    if (passes) return candidate;
  }
  return candidates.front();
}

/// A metric that is measured, and what an expression, and the recordings on the way to it, ask for.
struct Input {
  std::string metric;
  std::vector<LabelMatcher> matchers{};

  std::string key() const {
    std::string out = metric;
    for (const LabelMatcher& one : matchers) out += "\n" + one.label + one.op + one.value;
    return out;
  }
};

/// What an alert reads, down to what is measured.
class Inputs {
 public:
  Inputs(const Wiring& wiring, const Alert& alert) : wiring_(wiring), numbers_(alert.numbers) {
    for (const MetricUse& use : alert.reads) add(use.metric, use.matchers, 0);
  }
  const std::vector<Input>& all() const { return inputs_; }
  const std::vector<double>& numbers() const { return numbers_; }

 private:
  void add(const std::string& metric, const std::vector<LabelMatcher>& matchers, int depth) {
    bool recorded = false;
    for (const RecordedMetric& made : wiring_.ends.recorded) {
      if (made.name != metric || made.reads.empty() || depth == kDeepest) continue;
      recorded = true;
      numbers_.insert(numbers_.end(), made.numbers.begin(), made.numbers.end());
      for (const MetricUse& use : made.reads) {
        add(use.metric, joined(use.matchers, matchers, made.labels), depth + 1);
      }
    }
    if (recorded || metric.empty()) return;
    Input input{metric, matchers};
    const bool known = std::any_of(inputs_.begin(), inputs_.end(),
                                   [&](const Input& one) { return one.key() == input.key(); });
    if (!known) inputs_.push_back(std::move(input));
  }

  /// What is asked of a recording is asked of what it is made from, but for what it says itself.
  static std::vector<LabelMatcher> joined(std::vector<LabelMatcher> own,
                                          const std::vector<LabelMatcher>& outer,
                                          const std::map<std::string, std::string>& given) {
    for (const LabelMatcher& matcher : outer) {
      if (given.count(matcher.label) == 0) own.push_back(matcher);
    }
    return own;
  }

  const Wiring& wiring_;
  std::vector<Input> inputs_;
  std::vector<double> numbers_;
};

class Tries {
 public:
  Tries(const Wiring& wiring, std::size_t alert, Search search)
      : inputs_(wiring, wiring.ends.alerts[alert]), index_(alert), search_(search) {
    const double hold = wiring.ends.alerts[alert].hold;
    early_ = static_cast<int>(std::ceil(hold / kProofInterval)) * kProofInterval;
    late_ = early_ + kSettle;
  }

  std::vector<ProofTry> make(const std::vector<SeriesSource>& sources,
                             const std::vector<SeriesSource>& own) {
    for (const Input& input : inputs_.all()) {
      for (const LabelMatcher& matcher : input.matchers) {
        if (matcher.op[0] == '=') asked_.insert(matcher.label);
      }
      sets_.push_back(label_sets(input, is_own_metric(input.metric) ? own : sources));
    }
    values_ = values();
    if (search_ == Search::Quick) {
      for (std::size_t i = 0; i < values_.size(); ++i) {
        add(std::vector<std::size_t>(sets_.size(), i));
      }
      vary();
    } else {
      combine({});
      // More targets than there are: `count(up == 0) > 2`.
      for (std::size_t i = 0; i < sets_.size(); ++i) multiply(inputs_.all()[i], sets_[i]);
      for (std::size_t i = 0; i < values_.size(); ++i) {
        add(std::vector<std::size_t>(sets_.size(), i));
      }
    }
    add_none();
    return std::move(out_);
  }

 private:
  /// The labels of series that targets give and that pass what is asked for; else just those that
  /// are asked for.
  static std::vector<Labels> label_sets(const Input& input,
                                        const std::vector<SeriesSource>& sources) {
    std::vector<Labels> out;
    for (const SeriesSource& source : sources) {
      if (source.exports == nullptr || source.target == nullptr) continue;
      for (const ExportedMetric& metric : source.exports->metrics) {
        const bool meant = metric.name == input.metric || is_own_metric(input.metric);
        if (!meant || out.size() == kMostSeries) continue;
        Labels labels = labels_of(source, metric, input);
        const bool passes = std::all_of(
            input.matchers.begin(), input.matchers.end(), [&](const LabelMatcher& matcher) {
              const auto found = labels.find(matcher.label);
              return matches(matcher, found == labels.end() ? "" : found->second) != Matches::No;
            });
        if (passes) out.push_back(std::move(labels));
      }
    }
    if (!out.empty()) return out;
    // Whatever is scraped has these.
    Labels asked{{"instance", passing(input.matchers, "instance")},
                 {"job", passing(input.matchers, "job")}};
    for (const LabelMatcher& matcher : input.matchers) {
      const bool wanted = matcher.op[0] == '=' ? !matcher.value.empty() : matcher.value.empty();
      if (!wanted || matcher.label == "__name__") continue;
      asked[matcher.label] = passing(input.matchers, matcher.label);
    }
    return {asked};
  }

  static Labels labels_of(const SeriesSource& source, const ExportedMetric& metric,
                          const Input& input) {
    std::set<std::string> names{"job", "instance"};
    names.insert(metric.labels.begin(), metric.labels.end());
    for (const auto& [name, value] : source.exports->labels) names.insert(name);
    for (const auto& [name, value] : source.target->labels) names.insert(name);
    Labels out;
    for (const std::string& name : names) {
      const LabelSeen seen = source.label(metric, name);
      if (seen.state == LabelSeen::State::Absent) continue;
      const bool known = seen.state == LabelSeen::State::Known;
      out[name] = known ? seen.value : passing(input.matchers, name);
    }
    return out;
  }

  static void multiply(const Input& input, std::vector<Labels>& sets) {
    const bool asked =
        std::any_of(input.matchers.begin(), input.matchers.end(), [](const LabelMatcher& matcher) {
          return matcher.label == "instance" && matcher.op == "=";
        });
    if (asked || sets.empty()) return;
    const Labels first = sets.front();
    for (int i = 1; sets.size() < 2 * kMostSeries; ++i) {
      Labels other = first;
      other["instance"] += "-" + std::to_string(i);
      sets.push_back(std::move(other));
    }
  }

  /// What a metric's samples may be: constants, counters that grow, time itself, what falls, what
  /// comes and goes.
  std::vector<Samples> values() const {
    using Shape = Samples::Shape;
    std::vector<Samples> out{{Shape::Level, 0}, {Shape::Level, 1}};
    const auto add = [&](Samples one) {
      const bool there = std::any_of(out.begin(), out.end(), [&](const Samples& other) {
        return other.text(1) == one.text(1);
      });
      if (!there) out.push_back(one);
    };
    for (const double n : inputs_.numbers()) {
      for (const double value : {n + 1, n - 1, n, 2 * n}) {
        if (value >= 0) add({Shape::Level, value});
      }
    }
    add({Shape::Ramp, 0, kProofInterval});
    for (const double n : inputs_.numbers()) {
      if (n > 0) add({Shape::Ramp, 0, 2 * n * kProofInterval});
    }
    constexpr double kMuch = 1e9;
    add({Shape::Ramp, kMuch, -kMuch / 100});
    for (const double n : inputs_.numbers()) add({Shape::Level, -n - 1});
    add({Shape::Flap, 1});
    return out;
  }

  /// One metric has another value than all the others: what parts the two sides of an `or`.
  void vary() {
    constexpr std::size_t kMost = 4;
    if (sets_.size() < 2 || sets_.size() > kMost) return;
    const std::size_t most = std::min(values_.size(), kMost);
    for (std::size_t one = 0; one < sets_.size(); ++one) {
      for (std::size_t own = 0; own < most; ++own) {
        for (std::size_t others = 0; others < 2; ++others) {
          std::vector<std::size_t> chosen(sets_.size(), others);
          chosen[one] = own;
          if (own != others) add(chosen);
        }
      }
    }
  }

  void combine(std::vector<std::size_t> chosen) {
    if (out_.size() >= kMostTries) return;
    if (chosen.size() == sets_.size()) return add(chosen);
    // Few values of each where there are many metrics: all of them are to have a turn.
    const auto share = static_cast<std::size_t>(
        std::pow(static_cast<double>(kMostTries), 1.0 / static_cast<double>(sets_.size())));
    const std::size_t most = std::min(values_.size(), std::max<std::size_t>(share, 2));
    for (std::size_t i = 0; i < most; ++i) {
      chosen.push_back(i);
      combine(chosen);
      chosen.pop_back();
    }
    chosen.push_back(values_.size());
    combine(chosen);
  }

  /// @param chosen  Of each metric which samples; past their end: it has no series.
  void add(const std::vector<std::size_t>& chosen) {
    ProofTry made{index_, {}, asked_, early_, late_};
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (chosen[i] == values_.size()) continue;
      for (const Labels& labels : sets_[i]) {
        ProofSeries one{inputs_.all()[i].metric, labels, values_[chosen[i]]};
        const std::string text = one.text();
        // Two selectors may mean one series.
        const bool there =
            std::any_of(made.series.begin(), made.series.end(),
                        [&](const ProofSeries& other) { return other.text() == text; });
        if (!there) made.series.push_back(std::move(one));
      }
    }
    if (!made.series.empty()) out_.push_back(std::move(made));
  }
  void add_none() { out_.push_back({index_, {}, asked_, early_, late_}); }

  Inputs inputs_;
  std::size_t index_;
  Search search_;
  std::set<std::string> asked_;
  std::vector<std::vector<Labels>> sets_;  ///< Of each metric.
  std::vector<Samples> values_;
  int early_ = 0, late_ = 0;
  std::vector<ProofTry> out_;
};

}  // namespace

std::vector<ProofTry> proof_tries(const Wiring& wiring, const std::set<std::size_t>& alerts,
                                  Search search) {
  const std::vector<SeriesSource> sources = series_sources(wiring);
  const std::vector<SeriesSource> own = own_series(wiring);
  std::vector<ProofTry> out;
  for (const std::size_t alert : alerts) {
    for (ProofTry& made : Tries(wiring, alert, search).make(sources, own)) {
      out.push_back(std::move(made));
    }
  }
  return out;
}

}  // namespace holdfast
