#include "engine/apply/culprits.h"

#include <algorithm>

namespace holdfast {
namespace {

using Differences = std::vector<Rehearsed::Difference>;

/// More are told as the last one's.
constexpr std::size_t kMostCulprits = 10;

/// Those of `all` whose path is none of the `known` ones'.
Differences beyond(const Differences& all, const Differences& known) {
  Differences out;
  for (const Rehearsed::Difference& one : all) {
    const bool told = std::any_of(known.begin(), known.end(),
                                  [&](const auto& other) { return other.path == one.path; });
    if (!told) out.push_back(one);
  }
  return out;
}

}  // namespace

Result<std::vector<Culprit>> find_culprits(int acts, const Rehearsed& whole,
                                           const std::function<Result<Rehearsed>(int)>& rehearse) {
  std::vector<Culprit> out;
  Differences known;
  int clean = 0;  // So many acts show nothing but what is known.
  Differences left = whole.differences;
  while (!left.empty()) {
    int dirty = acts;
    Differences seen = whole.differences;
    while (dirty - clean > 1 && out.size() < kMostCulprits) {
      const int middle = clean + (dirty - clean) / 2;
      HF_TRY(const Rehearsed part, rehearse(middle));
      if (beyond(part.differences, known).empty()) {
        clean = middle;
      } else {
        dirty = middle;
        seen = part.differences;
      }
    }
    const Differences own = beyond(seen, known);
    out.push_back({dirty - 1, own});
    known.insert(known.end(), own.begin(), own.end());
    left = beyond(whole.differences, known);
    clean = dirty;
    if (clean >= acts) break;
  }
  if (!left.empty() && !out.empty()) {
    out.back().differences.insert(out.back().differences.end(), left.begin(), left.end());
  }
  return out;
}

}  // namespace holdfast
