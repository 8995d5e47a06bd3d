#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/plan/plan.h"

namespace holdfast {

/// What was asked for when a plan was saved: enough to ask again.
struct PlanRequest {
  std::string folder{};  ///< Of the project.
  std::string environment{}, inventory{};
  std::vector<std::string> manifests{}, limit{}, tags{}, targets{}, set{};
  bool prune = false;
};

/// A plan as it was told when it was saved: what people and CI agree to. Empty where private texts
/// were shown with it.
struct ShownPlan {
  std::string text{};      ///< For people, with its colours.
  std::string document{};  ///< As plan_json() gives it.
};

/// A saved plan: the request and, for every row, a digest of what it would do and of what it rests
/// on; and what was told of it. No digest holds a value, and what was told no secret: it is of no
/// use without the project.
struct SavedPlan {
  static constexpr int kFormat = 1;
  PlanRequest request;
  std::string salt;  ///< Keys the digests.
  std::map<std::string, std::string>
      rows;  ///< "h1 file /etc/a" to digest of change and precondition.
  std::map<std::string, std::string>
      goals;  ///< The same to the digest of the state that it leads to.
  std::map<std::string, std::string> machines;  ///< Host to machine id.
  ShownPlan shown{};                            ///< Not looked at when it is carried out.
};

/// Replaced whole or not at all, mode 0600. @errors HF1003.
Result<void> save_plan(const std::string& path, const Plan& plan, const PlanRequest& request,
                       const ShownPlan& shown, const Registry& registry);
/// Whether a file is one by how it begins, whatever it is called and whichever version wrote it.
bool is_saved_plan(const std::string& path);
/// @errors HF1002, HF5006.
Result<SavedPlan> load_plan(const std::string& path);

/// Which flags typed beside a saved plan (empty: not typed) ask for something else than it was made
/// with: "--limit".
std::vector<std::string> other_flags(const PlanRequest& saved, const PlanRequest& beside);

/// Whether a plan made now is the saved one. Nothing to do any more, and everything as the saved
/// plan would have left it: `done`.
struct PlanComparison {
  bool same = false;
  bool done = false;
  bool stranger = false;  ///< They have no resource in common: the plan is another project's.
  std::vector<std::string> differences{};  ///< One line each.
};
PlanComparison compare_plans(const SavedPlan& saved, const Plan& now, const Registry& registry);

}  // namespace holdfast
