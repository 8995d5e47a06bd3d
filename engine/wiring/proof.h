#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/wiring/checks.h"

namespace holdfast {

/// How long lies between two samples of a try, in seconds.
inline constexpr int kProofInterval = 30;

/// The samples of a series: a number, one that moves by `step` each interval, or one that
/// alternates with 0.
struct Samples {
  enum class Shape { Level, Ramp, Flap } shape = Shape::Level;
  double start = 0;
  double step = 0;

  /// As promtool's unit tests write them: `0+30x40`. @param count  Of samples.
  std::string text(int count) const;
  /// "is 0", "grows by 60 each 30s".
  std::string words() const;
};

/// A series of a try.
struct ProofSeries {
  std::string metric;
  std::map<std::string, std::string> labels{};
  Samples samples{};

  /// `up{job="j"}`.
  std::string text() const;
};

/// A try to make an alert fire: series as the run's targets give them, and when to look.
struct ProofTry {
  std::size_t alert = 0;  ///< Index into the wiring's alerts.
  std::vector<ProofSeries> series{};
  std::set<std::string> asked{};  ///< Labels whose values the expression asks for.
  int early = 0;                  ///< Seconds: sooner than that it can't fire.
  int late = 0;                   ///< By then it does, if it ever will.
};

/// A try in which an alert fires, and when it does.
struct FiringTry {
  ProofTry made;
  int at = 0;
};

/// Tries of one alert by what became of them.
struct AlertProof {
  std::vector<FiringTry> fires{};
  std::vector<ProofTry> quiet{};
};

/// What of them says most, first of all a pair that has as little between it as can be: with
/// `a > 90`, 91 and 90. Then, where an alert reads several metrics, what each of them alone makes
/// of the other one of that pair.
AlertProof best_of(const AlertProof& tried);

/// How hard to look for series that make an alert fire.
enum class Search { Quick, Thorough };

/// Series with values around the numbers that the alerts' expressions compare with.
/// @param alerts  Indices into the wiring's alerts: which of them.
std::vector<ProofTry> proof_tries(const Wiring& wiring, const std::set<std::size_t>& alerts,
                                  Search search);

/// What promtool is to judge: whether an expression has an answer at a time of a try.
struct ProofTest {
  const ProofTry* series = nullptr;
  std::string expression{};
  int at = 0;  ///< Seconds.
  bool holds = true;
};

/// Whether an alert fires, as an expression.
std::string firing(const Alert& alert);

/// Unit tests for `promtool test rules`.
std::string proof_tests(const std::vector<ProofTest>& tests,
                        const std::vector<std::string>& rule_files);
/// Those that promtool says are wrong, by their index.
std::set<std::size_t> failed_tests(std::string_view promtool);

/// A label's value, or a name, in the quotes of PromQL.
std::string promql_text(const std::string& value);
/// "0.5", "90": the shortest text of a number.
std::string number_text(double number);

}  // namespace holdfast
