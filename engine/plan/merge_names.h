#pragma once

#include <map>
#include <set>
#include <string>

#include "engine/plan/plan.h"

namespace holdfast {

/// Gives what was declared for the other names of a machine to its first name: one record, one lock
/// and one shell. What is declared alike through several names is declared once.
/// @param first_name  Of every name that isn't the first of its machine.
/// @errors in `diagnostics`: HF5007 two names want one thing otherwise, with both places.
void merge_names(Catalog& catalog, std::vector<HostInput>& inputs,
                 const std::map<std::string, std::string>& first_name, const Registry& registry,
                 Diagnostics& diagnostics);

/// Names of one machine by the inventory alone: those that lead the same way as a host of the run,
/// which --limit leaves out.
using SameWay = std::map<std::string, std::set<std::string>>;

/// What another name made through the same way, this one goes on with: objects that `catalog`
/// declares for the host get its name for their owner's.
void own_through(const Catalog& catalog, std::vector<HostInput>& inputs, const SameWay& same_way,
                 const Registry& registry);

}  // namespace holdfast
