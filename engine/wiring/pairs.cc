#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/wiring/proof.h"

namespace holdfast {
namespace {

using Series = std::map<std::string, Samples>;

Series series_of(const ProofTry& made) {
  Series out;
  for (const ProofSeries& one : made.series) out.emplace(one.text(), one.samples);
  return out;
}

bool same(const Samples& a, const Samples& b) { return a.text(1) == b.text(1); }

/// How far two tries of the same series are from one another; nullopt where numbers don't tell.
std::optional<double> distance(const ProofTry& a, const ProofTry& b) {
  const Series one = series_of(a), other = series_of(b);
  if (one.empty() || one.size() != other.size()) return std::nullopt;
  double out = 0;
  for (const auto& [name, samples] : one) {
    const auto found = other.find(name);
    if (found == other.end()) return std::nullopt;
    if (same(samples, found->second)) continue;
    const bool levels =
        samples.shape == Samples::Shape::Level && found->second.shape == Samples::Shape::Level;
    if (!levels) return std::nullopt;
    out += std::abs(samples.start - found->second.start);
  }
  return out;
}

/// The one metric whose series alone differ; "" where there is none, or more than one.
std::string only_difference(const ProofTry& a, const ProofTry& b) {
  const Series other = series_of(b);
  if (a.series.size() != b.series.size()) return {};
  std::string out;
  for (const ProofSeries& one : a.series) {
    const auto found = other.find(one.text());
    if (found == other.end()) return {};
    if (same(one.samples, found->second) || one.metric == out) continue;
    if (!out.empty()) return {};
    out = one.metric;
  }
  return out;
}

/// Which of two firing tries people and a running server are better shown.
int rank(const FiringTry& one) {
  const bool level =
      std::all_of(one.made.series.begin(), one.made.series.end(),
                  [](const ProofSeries& s) { return s.samples.shape == Samples::Shape::Level; });
  return (one.made.series.empty() ? 4 : 0) + (one.at == one.made.early ? 0 : 2) + (level ? 0 : 1);
}

struct Pair {
  const FiringTry* fires = nullptr;
  const ProofTry* quiet = nullptr;
};

Pair nearest_pair(const AlertProof& tried) {
  Pair out;
  for (const FiringTry& fires : tried.fires) {
    if (out.fires == nullptr || rank(fires) < rank(*out.fires)) out.fires = &fires;
  }
  for (const ProofTry& quiet : tried.quiet) {
    // That it is quiet where there is nothing says little.
    const bool better =
        out.quiet == nullptr || (out.quiet->series.empty() && !quiet.series.empty());
    if (better) out.quiet = &quiet;
  }
  if (out.fires == nullptr) return out;
  const int best = rank(*out.fires);
  std::optional<double> least;
  for (const FiringTry& fires : tried.fires) {
    for (const ProofTry& quiet : tried.quiet) {
      const auto apart = rank(fires) == best ? distance(fires.made, quiet) : std::nullopt;
      if (!apart || (least && *apart >= *least)) continue;
      least = apart;
      out = {&fires, &quiet};
    }
  }
  return out;
}

}  // namespace

AlertProof best_of(const AlertProof& tried) {
  AlertProof out;
  const auto [fires, quiet] = nearest_pair(tried);
  if (fires != nullptr) out.fires.push_back(*fires);
  if (quiet != nullptr) out.quiet.push_back(*quiet);
  if (fires == nullptr || quiet == nullptr) return out;
  std::set<std::string> alone{only_difference(fires->made, *quiet), ""};
  std::set<std::string> also = alone;
  for (const FiringTry& one : tried.fires) {
    if (alone.insert(only_difference(one.made, *quiet)).second) out.fires.push_back(one);
  }
  for (const ProofTry& one : tried.quiet) {
    if (also.insert(only_difference(one, fires->made)).second) out.quiet.push_back(one);
  }
  return out;
}

}  // namespace holdfast
