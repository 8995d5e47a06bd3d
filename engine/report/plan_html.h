#pragma once

#include <string>

#include "engine/plan/plan.h"

namespace holdfast {

/// A plan as one HTML page that loads nothing: no script, no picture, no font; its policy forbids
/// them. @param title  What the page is called: the project and environment.
/// @param time  When the hosts were asked, RFC 3339.
std::string plan_html(const Plan& plan, const Registry& registry, const std::string& title,
                      const std::string& time, bool drift);

}  // namespace holdfast
