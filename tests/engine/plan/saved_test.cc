#include "engine/plan/saved.h"

#include <gtest/gtest.h>

#include "tests/support/sample_plan.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

/// A file to write, and a check that every apply asks.
Plan plan_of(bool written) {
  PlanMaker maker;
  maker.host("h1");
  Row& note = maker.note("h1", "/etc/a");
  if (!written) note.change.action = Action::Create;
  Row& check = maker.question("h1", "answers");
  check.change.action = Action::Run;
  check.steps = {{0, Probe{.ask = Probe::Http{.url = "http://127.0.0.1/"}}}};
  return maker.take();
}

TEST(SavedPlan, IsDoneWhereOnlyItsChecksAreLeft) {
  const TempFolder folder;
  const std::string path = folder.path() + "/plan.hf";
  ASSERT_TRUE(save_plan(path, plan_of(false), {}, sample_kinds()));
  const auto saved = load_plan(path);
  ASSERT_TRUE(saved);
  EXPECT_TRUE(compare_plans(*saved, plan_of(false), sample_kinds()).same);
  const Comparison again = compare_plans(*saved, plan_of(true), sample_kinds());
  EXPECT_FALSE(again.same);
  EXPECT_TRUE(again.done);
}

TEST(SavedPlan, IsStaleWhereSomethingElseChanges) {
  const TempFolder folder;
  const std::string path = folder.path() + "/plan.hf";
  ASSERT_TRUE(save_plan(path, plan_of(true), {}, sample_kinds()));
  const auto saved = load_plan(path);
  ASSERT_TRUE(saved);
  const Comparison now = compare_plans(*saved, plan_of(false), sample_kinds());
  EXPECT_FALSE(now.same);
  EXPECT_FALSE(now.done);
}

}  // namespace
}  // namespace holdfast
