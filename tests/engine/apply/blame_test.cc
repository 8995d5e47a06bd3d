#include "engine/apply/blame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

Plan plan_of(const std::vector<std::string>& names) {
  Plan plan;
  for (const std::string& name : names) {
    Declaration declaration;
    declaration.resource.name = name;
    plan.declarations.push_back(std::move(declaration));
  }
  return plan;
}

TEST(Blame, PutsFirstWhatTheFailureNames) {
  const Plan plan = plan_of({"hf", "hf-broken", "x.service"});
  EXPECT_THAT(blame(plan, {0, 1, 2}, "no package list knows hf-broken"),
              testing::ElementsAre(1, 0, 2));
  EXPECT_THAT(blame(plan, {0, 1, 2}, "hf: no such package"), testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(blame(plan, {0, 1, 2}, "ax.service is failed"), testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(blame(plan, {0, 1, 2}, "x.service: is failed"), testing::ElementsAre(2, 0, 1));
}

}  // namespace
}  // namespace holdfast
