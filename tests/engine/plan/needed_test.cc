#include "engine/plan/needed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

constexpr const char* kLib = "  - {package: lib, ensure: absent}\n";
constexpr const char* kTool = "  - {package: tool, ensure: absent}\n";
constexpr const char* kMore = "  - {package: more, ensure: absent}\n";

/// A library, a tool that needs it, and another one that needs the tool.
class RefuseNeeded : public testing::Test {
 protected:
  Plan plan(const std::string& resources) {
    fleet_.manifest("hosts: h1\nresources:\n" + resources);
    auto& packages = fleet_["h1"].host.packages;
    packages["lib"] = {.version = "1.0"};
    packages["tool"] = {.version = "1.0", .needs = {"lib"}};
    packages["more"] = {.version = "1.0", .needs = {"tool"}};
    return fleet_.plan();
  }

  static const std::optional<Error>& refused(const Plan& plan, const char* address) {
    return plan.rows[row_of(plan, "h1", address)].refused;
  }

  Fleet fleet_{"hosts: h1\nresources: []\n"};
};

TEST_F(RefuseNeeded, KeepsWhatSomethingNeedsThatStays) {
  const Plan found = plan(kLib);
  ASSERT_TRUE(refused(found, "package lib"));
  EXPECT_EQ(refused(found, "package lib")->code, Code::StillNeeded);
  EXPECT_THAT(refused(found, "package lib")->message, HasSubstr("needed by package tool"));
}

TEST_F(RefuseNeeded, LetsGoWhatGoesTogether) {
  const Plan found = plan(std::string(kLib) + kTool + kMore);
  for (const char* address : {"package lib", "package tool", "package more"})
    EXPECT_FALSE(refused(found, address)) << address;
}

TEST_F(RefuseNeeded, LeavesWhatIsOnlyLookedAt) {
  const Plan found = plan("  - {package: lib, ensure: absent, audit: true}\n");
  EXPECT_FALSE(refused(found, "package lib"));
}

/// As hosts answer where what goes was not asked for all at once: orphans come in a frame of their
/// own.
TEST_F(RefuseNeeded, KnowsItselfWhatGoes) {
  const auto judge = [&](const std::string& resources) {
    Plan found = plan(resources);
    for (Row& row : found.rows) row.refused.reset();
    HostInput input{.host = "h1"};
    const auto answer = [](const char* user) {
      ValueMap out;
      out.set("needed_by", ValueList{Value(user)});
      return Value(std::move(out));
    };
    input.seen.answers.set({"dpkg", "lib -"}, answer("tool"));
    input.seen.answers.set({"dpkg", "tool -"}, answer("more"));
    refuse_needed(found, {input}, fleet_.registry());
    return found;
  };
  const Plan all = judge(std::string(kLib) + kTool + kMore);
  EXPECT_FALSE(refused(all, "package lib"));
  EXPECT_FALSE(refused(all, "package tool"));
  const Plan some = judge(std::string(kLib) + kTool);
  EXPECT_TRUE(refused(some, "package tool"));
  EXPECT_THAT(refused(some, "package lib")->message, HasSubstr("package tool"))
      << "what is kept needs it still";
}

}  // namespace
}  // namespace holdfast
