#pragma once

#include <string>
#include <vector>

#include "engine/plan/plan.h"

namespace holdfast {

/// What a resource requires on a host that --limit leaves out.
struct Elsewhere {
  std::string host, address;  ///< The resource's own.
  std::string path;           ///< Its module's.
  Reference reference;
  std::string verb{};  ///< "requires", "restart_on" …
};

/// Takes what leads to other hosts than the catalog's out of `requires` and `before`: the first
/// must hold already, the second is not touched by this run. `restart_on` and `reload_on` must hold
/// too, and are marked.
std::vector<Elsewhere> take_elsewhere(Catalog& catalog);

/// Fills in what is declared where marked references lead, so that a service's digest is the same
/// with --limit as without.
/// @param there  What the other hosts are like; never carried out.
void know_elsewhere(Catalog& catalog, const Plan& there, const Registry& registry);

/// Refuses rows whose requirement elsewhere isn't met, and makes those unknown where it can't be
/// seen. A row that changes nothing needs nothing.
/// @param there  What the other hosts are like; never carried out.
/// @errors in `diagnostics`: HF3002 there is no such resource.
void judge_elsewhere(Plan& plan, const std::vector<Elsewhere>& required, const Plan& there,
                     Diagnostics& diagnostics);

}  // namespace holdfast
