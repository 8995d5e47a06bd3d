#pragma once

#include <string>

#include "engine/plan/plan.h"

namespace holdfast {

/// Kinds that only have a schema, for plans made by hand: `note` (content, mode, groups, password,
/// keys), `question` (never observed).
const Registry& sample_kinds();

/// Puts a plan together row by row.
class PlanMaker {
 public:
  HostPlan& host(const std::string& name);
  /// A resource of kind `note` on a host; the row is as wanted.
  Row& note(const std::string& host, const std::string& name);
  Row& question(const std::string& host, const std::string& name);
  /// Of the row added last.
  Declaration& declaration() { return plan_.declarations.back(); }
  /// With its order. To be called once.
  Plan take();

 private:
  Row& add(const std::string& host, const std::string& kind, const std::string& name);
  Plan plan_;
};

/// A plan with a row of every sort, on hosts of every sort, whose names and values try to forge
/// lines, colours, CI commands and markup. Every secret in it is the text "hunter2".
Plan hostile_plan();
/// What `hostile_plan` has, tamer: for people to read in a golden file.
Plan sample_plan();

}  // namespace holdfast
