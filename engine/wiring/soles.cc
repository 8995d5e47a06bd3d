#include <map>

#include "engine/core/text.h"
#include "engine/wiring/checks.h"

namespace holdfast {

void check_soles(const Wiring& wiring, Diagnostics& diagnostics) {
  std::map<std::string, const Sole*> first;
  for (const Sole& sole : wiring.ends.soles) {
    const auto [known, fresh] = first.emplace(sole.what, &sole);
    if (fresh) continue;
    const Sole& other = *known->second;
    // One machine by two names states it once.
    const bool same =
        !sole.machine.empty() && sole.machine == other.machine && sole.who == other.who;
    if (same) continue;
    diagnostics.error({.code = sole.code,
                       .message = sole.who + " on " + printable(sole.host) + " and " + other.who +
                                  " on " + printable(other.host) + " both decide over " + sole.what,
                       .where = sole.place(),
                       .hint = sole.hint,
                       .notes = {{other.place(), "the other one"}}});
  }
}

}  // namespace holdfast
