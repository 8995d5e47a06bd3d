#pragma once

#include <cstddef>
#include <string>

#include "engine/plan/plan.h"

namespace holdfast {

struct PlanTextOptions {
  bool colour = false;
  bool drift = false;            ///< Every row says whose doing its difference is.
  bool unchanged = false;        ///< Rows and hosts where nothing is to do, too.
  bool steps = false;            ///< What will be done, act by act.
  std::size_t diff_lines = 200;  ///< Of one text; 0: all.
};

/// A plan for people: a block a host (hosts whose blocks are the same share one), a line a resource
/// with what it is, why, and what it brings, and a summary line. Doesn't depend on the terminal's
/// width. Nothing that a manifest or a host said can forge a line, a colour or a CI command, and
/// no secret is in it.
std::string plan_text(const Plan& plan, const Registry& registry, const PlanTextOptions& options);

}  // namespace holdfast
