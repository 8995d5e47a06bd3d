#pragma once

#include <map>
#include <string>

#include "engine/core/value.h"

namespace holdfast {

/// What a dashboard states, place by place: "title", "panel 'CPU Usage': targets[0].expr". Lists of
/// named things (panels, variables, annotations, links) are one place each for the names, and are
/// compared by name, not by position; of other lists their length is a place. What Grafana sets by
/// itself (ids, versions) is none.
State dashboard_places(const ValueMap& declared);

/// What another model of it, mostly a server's, says in the same places; what that one has beside
/// them shows only as a panel, variable, annotation or link more. A place is missing where it says
/// nothing; where it says the same in another way, the declared value is given. Of a panel that is
/// gone only its name is missing.
/// @param sources  Uids of data sources that the declared one speaks of by name.
State dashboard_places(const ValueMap& declared, const ValueMap& seen,
                       const std::map<std::string, std::string>& sources = {});

/// "panel 'CPU Usage'"; "panel 3" where it has no title; "row 'Disks'".
std::string panel_name(const ValueMap& panel, std::size_t index);

}  // namespace holdfast
