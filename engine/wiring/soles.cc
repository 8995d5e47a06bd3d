#include <algorithm>
#include <map>

#include "engine/core/text.h"
#include "engine/wiring/checks.h"

namespace holdfast {
namespace {

/// What is one thing by whatever name its machine goes.
std::string thing(const Sole& sole) {
  if (!sole.per_machine) return sole.what;
  return sole.what + "\n" + (sole.machine.empty() ? sole.host : sole.machine);
}

/// An unknown may yet turn out to be the same.
bool may_agree(const Value& a, const Value& b) {
  return a == b || a.find_unknown() != nullptr || b.find_unknown() != nullptr;
}

bool may_both(const Sole& one, const Sole& other) {
  // One machine by two names states it once.
  if (!one.machine.empty() && one.machine == other.machine && one.who == other.who) return true;
  return !one.wish.empty() && std::all_of(one.wish.begin(), one.wish.end(), [&](const auto& wish) {
    const auto beside = other.wish.find(wish.first);
    return beside == other.wish.end() || may_agree(wish.second, beside->second);
  });
}

}  // namespace

void check_soles(const Wiring& wiring, Diagnostics& diagnostics) {
  std::map<std::string, std::vector<const Sole*>> agreed;
  for (const Sole& sole : wiring.ends.soles) {
    std::vector<const Sole*>& others = agreed[thing(sole)];
    const auto found = std::find_if(others.begin(), others.end(),
                                    [&](const Sole* other) { return !may_both(sole, *other); });
    if (found == others.end()) {
      others.push_back(&sole);
      continue;
    }
    const Sole& other = **found;
    diagnostics.error({.code = sole.code,
                       .message = sole.who + " on " + printable(sole.host) + " and " + other.who +
                                  " on " + printable(other.host) + " both decide over " + sole.what,
                       .where = sole.place(),
                       .hint = sole.hint,
                       .notes = {{other.place(), "the other one"}}});
  }
}

}  // namespace holdfast
