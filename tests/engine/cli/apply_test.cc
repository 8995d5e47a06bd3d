#include <gtest/gtest.h>

#include "engine/cli/commands.h"
#include "engine/plan/saved.h"
#include "engine/report/exit_code.h"
#include "tests/support/sample_plan.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

/// What `apply` says, and ends with, of a command line that it must refuse before it looks at
/// anything.
std::string refusal(const Options& options) {
  testing::internal::CaptureStderr();
  const int code = apply_command(options, sample_kinds());
  std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, static_cast<int>(Exit::Usage)) << said;
  return said;
}

TEST(Apply, KnowsASavedPlanByItsContentAndTakesNothingElseBesideIt) {
  const TempFolder folder;
  const std::string path = folder.path() + "/tfplan";
  const PlanRequest request{.environment = "staging"};
  ASSERT_TRUE(save_plan(path, sample_plan(), request, {}, sample_kinds()));
  Options options;
  options.yes = true;
  options.manifests = {path};
  options.limit = {"h1"};
  options.environment = "production";
  EXPECT_NE(refusal(options).find("not with another -e, --limit"), std::string::npos);
  options = {};
  options.manifests = {path, "site.yaml"};
  EXPECT_NE(refusal(options).find("carried out alone"), std::string::npos);
}

}  // namespace
}  // namespace holdfast
