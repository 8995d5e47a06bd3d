#include "engine/cli/prove_choice.h"

#include <algorithm>
#include <cmath>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr int kBeyondHold = 600;

/// A likeness of a try, and whether promtool lets it pass.
struct Likeness {
  ProofTry made;
  int at = 0;
  std::string mark{};
  bool fires = false;  ///< With its mark.
  bool quiet = false;  ///< All the others, but for those that show a mark, too.
};

class Choice {
 public:
  Choice(const Wiring& wiring, PromtoolProof& proof, const std::string& mark, int within,
         Diagnostics& diagnostics)
      : wiring_(wiring), proof_(proof), mark_(mark), within_(within), diagnostics_(diagnostics) {}

  Result<LiveChoice> make() {
    HF_CHECK(find_constant());
    for (const auto& [index, shown] : proof_.shown()) consider(index, shown);
    HF_CHECK(judge());
    for (const auto& candidates : candidates_) take_best(candidates);
    HF_CHECK(look_at_all());
    return std::move(out_);
  }

 private:
  const Alert& alert(std::size_t index) const { return wiring_.ends.alerts[index]; }

  void leave_out(std::size_t index, const std::string& why, const std::string& hint = {}) {
    out_.left_out.push_back(&alert(index));
    diagnostics_.warning({.code = Code::AlertUnprovable,
                          .message = "alert '" + printable(alert(index).name) +
                                     "' isn't made to fire on the running server: " + why,
                          .where = alert(index).place(),
                          .hint = hint});
  }

  /// Alerts that fire where there is no series at all say nothing of those of a proof.
  Result<void> find_constant() {
    ProofTry nothing;
    std::vector<ProofTest> tests;
    for (const Alert& one : wiring_.ends.alerts) {
      nothing.late = std::max(nothing.late, static_cast<int>(one.hold) + kBeyondHold);
    }
    for (const Alert& one : wiring_.ends.alerts) {
      tests.push_back({&nothing, firing(one), nothing.late, true});
    }
    HF_TRY(const std::vector<bool> holds, proof_.judge(tests));
    for (std::size_t i = 0; i < holds.size(); ++i) {
      if (holds[i]) constant_.insert(alert(i).name);
    }
    return {};
  }

  void consider(std::size_t index, const AlertProof& shown) {
    if (shown.fires.empty()) {
      return leave_out(index, "promtool has not seen it fire");
    }
    if (alert(index).reads.empty()) return take({{}, 0, ""}, index);
    std::size_t firings = 0;
    bool too_long = false;
    for (const FiringTry& one : shown.fires) {
      if (one.made.series.empty()) continue;
      if (one.at > within_) {
        too_long = true;
        continue;
      }
      const std::string mark = mark_of(mark_, index, firings++);
      std::vector<Likeness>& likenesses = candidates_.emplace_back();
      for (ProofTry& marked : marked_tries(wiring_, one.made, mark)) {
        likenesses.push_back({std::move(marked), one.at, mark});
      }
    }
    if (firings > 0) return;
    if (too_long) {
      return leave_out(index, "it takes " + duration_text(shown.fires.front().at) +
                                  ", and --within says " + duration_text(within_));
    }
    leave_out(index, "it fires where a series is missing, and none is taken from a running server",
              "--stop HOST:UNIT stops what gives the series");
  }

  Result<void> judge() {
    std::vector<ProofTest> tests;
    std::vector<Likeness*> asked;
    for (std::vector<Likeness>& candidates : candidates_) {
      for (Likeness& one : candidates) {
        asked.push_back(&one);
        tests.push_back(
            {&one.made, marked_firing(alert(one.made.alert), one.made, one.mark), one.at, true});
        tests.push_back(
            {&one.made, unmarked_firing(one.made.series, mark_, constant_), one.made.late, false});
      }
    }
    HF_TRY(const std::vector<bool> holds, proof_.judge(tests));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      asked[i]->fires = holds[2 * i];
      asked[i]->quiet = holds[2 * i + 1];
    }
    return {};
  }

  void take_best(const std::vector<Likeness>& candidates) {
    const std::size_t index = candidates.front().made.alert;
    const auto best = std::find_if(candidates.begin(), candidates.end(),
                                   [](const Likeness& one) { return one.fires && one.quiet; });
    if (best != candidates.end()) return take(*best, index);
    const bool fires = std::any_of(candidates.begin(), candidates.end(),
                                   [](const Likeness& one) { return one.fires; });
    leave_out(index,
              fires
                  ? "its series would make another alert fire, whose labels can't tell that it is "
                    "a proof"
                  : "its expression puts series together, so its labels can't tell that it is a "
                    "proof",
              "--stop HOST:UNIT makes it fire by what it is about");
  }

  void take(const Likeness& one, std::size_t index) {
    const std::string& host = alert(index).host;
    auto found = std::find_if(out_.hosts.begin(), out_.hosts.end(),
                              [&](const LiveHost& other) { return other.host == host; });
    if (found == out_.hosts.end()) {
      out_.hosts.push_back({host, {}});
      found = out_.hosts.end() - 1;
    }
    // promtool looks at it in steps; a server needs no longer than the rule says.
    const int hold = static_cast<int>(std::ceil(alert(index).hold));
    const int seconds = one.at == one.made.early ? hold : one.at;
    found->awaited.push_back({.alert = &alert(index), .mark = one.mark, .made = one.made});
    out_.seconds = std::max(out_.seconds, seconds);
  }

  /// What lets nothing else fire alone may do so together.
  Result<void> look_at_all() {
    std::vector<ProofTry> all;
    for (const LiveHost& host : out_.hosts) {
      ProofTry& made = all.emplace_back();
      made.series = host.series();
      for (const Awaited& one : host.awaited) made.late = std::max(made.late, one.made.late);
    }
    std::vector<ProofTest> tests;
    tests.reserve(all.size());
    for (const ProofTry& made : all) {
      tests.push_back({&made, unmarked_firing(made.series, mark_, constant_), made.late, false});
    }
    HF_TRY(const std::vector<bool> holds, proof_.judge(tests));
    if (std::find(holds.begin(), holds.end(), false) == holds.end()) return {};
    return fail(Code::AlertUnprovable,
                "together the series of these alerts would make another one fire, whose labels "
                "can't tell that it is a proof",
                "prove them one by one: --alert NAME");
  }

  const Wiring& wiring_;
  PromtoolProof& proof_;
  std::string mark_;
  int within_;
  Diagnostics& diagnostics_;
  std::set<std::string> constant_;
  std::vector<std::vector<Likeness>> candidates_;  ///< Likenesses of each try that fires.
  LiveChoice out_;
};

}  // namespace

std::vector<ProofSeries> LiveHost::series() const {
  std::vector<ProofSeries> out;
  for (const Awaited& one : awaited) {
    out.insert(out.end(), one.made.series.begin(), one.made.series.end());
  }
  return out;
}

Result<LiveChoice> choose_live(const Wiring& wiring, PromtoolProof& proof, const std::string& mark,
                               int within, Diagnostics& diagnostics) {
  return Choice(wiring, proof, mark, within, diagnostics).make();
}

}  // namespace holdfast
