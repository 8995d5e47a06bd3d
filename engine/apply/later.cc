#include "engine/apply/later.h"

#include <algorithm>
#include <iterator>

namespace holdfast {

Later later_of(const Plan& plan, const std::vector<std::size_t>& rows,
               const std::map<std::size_t, std::string>& lives, const Registry& registry,
               Numbering& numbering) {
  Later out{.block = later_block(plan, rows, registry, numbering)};
  const HostPlan* host = plan.host(plan.declarations[rows.front()].host);
  if (host != nullptr && host->footing) out.footing = *host->footing;
  for (const std::size_t row : rows) {
    const auto life = lives.find(row);
    const Run* run = std::get_if<Run>(&plan.rows[row].later.front().step);
    if (run == nullptr || life == lives.end() || life->second.empty()) continue;
    for (const std::string& unit : run->restarts) out.lives[unit] = life->second;
  }
  return out;
}

std::set<std::string> superseded(const Plan& plan, const std::set<std::size_t>& rows) {
  std::set<std::string> out;
  for (const std::size_t row : rows) {
    const Row& r = plan.rows[row];
    const bool anew = r.change.restart_due || r.change.reload_due;
    if (anew && !r.left_by.empty()) out.insert(r.left_by);
  }
  return out;
}

void note_stops(const std::vector<PhasedStep>& steps, std::vector<std::string>& units) {
  for (const PhasedStep& phased : steps) {
    const Run* run = std::get_if<Run>(&phased.step);
    if (run == nullptr) continue;
    for (const Argv* words : {&run->restarts, &run->stops, &run->undo_stops}) {
      std::copy_if(words->begin(), words->end(), std::back_inserter(units), [&](const auto& unit) {
        return std::find(units.begin(), units.end(), unit) == units.end();
      });
    }
  }
}

}  // namespace holdfast
