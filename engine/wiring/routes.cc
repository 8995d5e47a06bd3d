#include <algorithm>
#include <set>
#include <tuple>

#include "engine/core/text.h"
#include "engine/wiring/checks.h"

namespace holdfast {
namespace {

/// Why a route doesn't take an alert, for sure.
struct Miss {
  const LabelMatcher* matcher = nullptr;  ///< Of the route's.
  std::string label{};                    ///< Of the alert: what was probably meant.
  std::string value{};
  bool slip = false;  ///< A letter or two are all that parts them.
};

/// What Prometheus adds to all alerts, or series bring, nobody here knows: only a label of the rule
/// itself decides, or one that is the matcher's but for its spelling.
std::optional<Miss> missed(const LabelMatcher& matcher, const Alert& alert) {
  const auto own = alert.labels.find(matcher.label);
  if (own != alert.labels.end()) {
    if (!own->second || matches(matcher, *own->second) != Matches::No) return std::nullopt;
    std::vector<std::string> meant{matcher.value};
    if (matcher.op == "=~") meant = plain_choices(matcher.value).value_or(meant);
    const bool slip = matcher.op[0] == '=' &&
                      std::any_of(meant.begin(), meant.end(),
                                  [&](const auto& one) { return misspelt(*own->second, one); });
    return Miss{&matcher, own->first, *own->second, slip};
  }
  if (matches_nothing(matcher) == Matches::Yes) return std::nullopt;
  for (const auto& [label, value] : alert.labels) {
    if (!misspelt(label, matcher.label)) continue;
    return Miss{&matcher, label, value.value_or(""), true};
  }
  return std::nullopt;
}

std::vector<Miss> misses(const Route& route, const Alert& alert) {
  std::vector<Miss> out;
  for (const LabelMatcher& matcher : route.matchers) {
    if (auto miss = missed(matcher, alert)) out.push_back(std::move(*miss));
  }
  return out;
}

}  // namespace

void check_routes(const Wiring& wiring, Diagnostics& diagnostics) {
  std::set<std::tuple<const Route*, const LabelMatcher*, std::string>> told;
  for (const Alert& alert : wiring.ends.alerts) {
    const Route* near = nullptr;
    Miss slip;
    bool taken = false;
    for (const Route& route : wiring.ends.routes) {
      const std::vector<Miss> found = misses(route, alert);
      taken = taken || found.empty();
      if (found.size() != 1 || !found.front().slip) continue;
      near = &route;
      slip = found.front();
    }
    // Others may go where the configuration's own routes send them.
    if (taken || near == nullptr) continue;
    if (!told.insert({near, slip.matcher, slip.label + "=" + slip.value}).second) continue;
    diagnostics.error(
        on_host({.code = Code::LabelMissing,
                 .message = "alert '" + printable(alert.name) + "' has " + printable(slip.label) +
                            "=\"" + printable(slip.value) + "\", but " + near->who +
                            ", which sends alerts to '" + printable(near->receiver) +
                            "', takes only those with " + printable(slip.matcher->label) +
                            slip.matcher->op + "\"" + printable(slip.matcher->value) + "\"",
                 .where = near->takes.known() ? near->takes : near->place(),
                 .hint = "write both alike",
                 .notes = {{alert.place(), "the alert that it doesn't take"}}},
                alert.host));
  }
}

}  // namespace holdfast
