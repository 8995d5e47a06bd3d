#include <algorithm>
#include <map>
#include <utility>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/wiring/checks.h"

namespace holdfast {
namespace {

/// Units whose names are built from several parts belong together: "actions.runner." of
/// "actions.runner.SCOPE.NAME.service". "" of a plain name, which may be anybody's.
std::string family_of(const std::string& unit) {
  const std::vector<std::string_view> parts = split(unit, '.');
  if (parts.size() < 4) return {};
  return std::string(parts[0]) + "." + std::string(parts[1]) + ".";
}

}  // namespace

void check_units(const Wiring& wiring, Diagnostics& diagnostics) {
  std::map<std::pair<std::string, std::string>, std::vector<const UnitMade*>> families;
  for (const UnitMade& made : wiring.ends.units_made) {
    const std::string family = family_of(made.name);
    if (!family.empty()) families[{made.machine, family}].push_back(&made);
  }
  if (families.empty()) return;
  for (const UnitUse& use : wiring.ends.units_used) {
    const auto family = families.find({use.machine, family_of(use.name)});
    if (family == families.end()) continue;
    std::vector<std::string> names;
    for (const UnitMade* made : family->second) names.push_back(made->name);
    if (std::find(names.begin(), names.end(), use.name) != names.end()) continue;
    const UnitMade& relative = *family->second.front();
    diagnostics.error(on_host(
        {.code = Code::UnitMissing,
         .message =
             use.who + " speaks of the unit " + printable(use.name) + ", which nothing makes",
         .where = use.place(),
         .hint = names.size() == 1 ? "it is called " + printable(names.front())
                                   : did_you_mean(use.name, names),
         .notes = {{relative.place(), relative.who + " makes " + printable(relative.name)}}},
        use.host));
  }
}

}  // namespace holdfast
