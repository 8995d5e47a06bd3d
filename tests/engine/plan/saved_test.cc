#include "engine/plan/saved.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/report/plan_json.h"
#include "engine/report/plan_text.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kFiles =
    "hosts: web\nresources:\n  - {file: /srv/a, content: x}\n  - {file: /srv/b, content: y}\n";

std::string bytes_of(const std::string& path) {
  std::stringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

class Saved : public testing::Test {
 protected:
  void save(const Plan& plan) {
    const auto done =
        save_plan(path(), plan, {.folder = "/p", .tags = {"t"}}, {}, fleet.registry());
    ASSERT_TRUE(done) << done.error().message;
  }
  PlanComparison compare() {
    const auto saved = load_plan(path());
    if (!saved) ADD_FAILURE() << saved.error().message;
    return saved ? compare_plans(*saved, fleet.plan(), fleet.registry()) : PlanComparison{};
  }
  std::string path() { return fleet.site().folder() + "/plan.json"; }

  Fleet fleet{kFiles};
};

TEST_F(Saved, TheSamePlanIsTheSame) {
  save(fleet.plan());
  EXPECT_TRUE(compare().same);
  EXPECT_THAT(load_plan(path())->request.tags, ElementsAre("t"));
}

TEST_F(Saved, IsKnownByItsContent) {
  save(fleet.plan());
  EXPECT_TRUE(is_saved_plan(path()));
  Site& site = fleet.site();
  EXPECT_FALSE(is_saved_plan(site.folder() + "/manifests/site.yaml"));
  EXPECT_FALSE(is_saved_plan(site.folder())) << "a folder";
  EXPECT_FALSE(is_saved_plan(site.folder() + "/none"));
  for (const char* text : {"", "{", "{}", "{\"hosts\": \"all\"}", "\"format\": 1"}) {
    site.write("other", text);
    EXPECT_FALSE(is_saved_plan(site.folder() + "/other")) << text;
  }
  site.write("newer", "{\"format\": 9, \"what\": \"ever\"}");
  EXPECT_TRUE(is_saved_plan(site.folder() + "/newer"));
}

TEST_F(Saved, WhatChangedSinceIsNamed) {
  save(fleet.plan());
  fleet["h1"].host.files["/srv/a"] = {.content = "z"};
  fleet["h2"].host.files["/srv/b"] = {.content = "y"};
  EXPECT_THAT(compare().differences,
              ElementsAre("h1 file /srv/a would change in another way, or from another state",
                          "h2 file /srv/b no longer changes"));
}

TEST_F(Saved, AnotherManifestIsAnotherPlan) {
  save(fleet.plan());
  fleet.manifest(std::string(kFiles) + "  - {file: /srv/c, content: z}\n");
  EXPECT_THAT(compare().differences,
              ElementsAre("h1 file /srv/c changes, which the plan does not say",
                          "h2 file /srv/c changes, which the plan does not say"));
}

TEST_F(Saved, AnotherProjectsPlanIsAStranger) {
  save(fleet.plan());
  EXPECT_FALSE(compare().stranger);
  fleet.manifest("hosts: web\nresources:\n  - {file: /srv/z, content: x}\n");
  EXPECT_TRUE(compare().stranger);
}

TEST_F(Saved, AnotherMachineIsRefused) {
  save(fleet.plan());
  fleet["h2"].machine = "another";
  EXPECT_THAT(compare().differences, ElementsAre("h2 is another machine, or can't be reached"));
}

TEST_F(Saved, OnceAppliedItIsDone) {
  save(fleet.plan());
  fleet.settle();
  const PlanComparison comparison = compare();
  EXPECT_FALSE(comparison.same);
  EXPECT_TRUE(comparison.done);
}

TEST_F(Saved, AnotherFileIsNoPlan) {
  fleet.site().write("plan.json", "{\"format\": 1}");
  EXPECT_EQ(load_plan(path()).error().code, Code::PlanUnreadable);
  fleet.site().write("plan.json", "hello");
  EXPECT_EQ(load_plan(path()).error().code, Code::PlanUnreadable);
}

TEST_F(Saved, NoSecretIsInAPlanHoweverItIsShown) {
  ASSERT_EQ(setenv("HF_TEST_SECRET", "hunter2-in-the-plan", 1), 0);
  fleet.site().options.trust = Trust::Full;
  fleet.manifest("hosts: h1\nresources:\n  - {file: /srv/a, content: !env HF_TEST_SECRET}\n");
  fleet["h1"].host.files["/srv/a"] = {.content = "older-secret-text"};
  const Plan plan = fleet.plan();
  unsetenv("HF_TEST_SECRET");
  ASSERT_TRUE(plan.changes());
  save(plan);
  for (const std::string& text :
       {bytes_of(path()), plan_json(plan, fleet.registry()),
        plan_text(plan, fleet.registry(), {.unchanged = true, .steps = true})}) {
    EXPECT_THAT(text, HasSubstr("/srv/a"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, Not(HasSubstr("older-secret")));
  }
  EXPECT_EQ(end_of(fleet.apply(plan), "h1").end, HostEnd::Applied);
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/a").content, "hunter2-in-the-plan");
  EXPECT_THAT(*fleet["h1"].state, Not(HasSubstr("hunter2")));
  EXPECT_THAT(*fleet["h1"].state, HasSubstr("hmac:"));
  EXPECT_THAT(fleet["h1"].meta_of("run-1"), Not(HasSubstr("hunter2")));
}

TEST(SavedPlan, KnowsWhatWasTypedBesideIt) {
  const PlanRequest made{.environment = "staging", .limit = {"h1"}, .set = {"a=1"}, .prune = true};
  EXPECT_THAT(other_flags(made, {}), IsEmpty());
  EXPECT_THAT(other_flags(made, made), IsEmpty());
  EXPECT_THAT(other_flags(made, {.environment = "production",
                                 .inventory = "hosts",
                                 .limit = {"h1", "h2"},
                                 .tags = {"t"},
                                 .targets = {"file /a"},
                                 .set = {"a=2"}}),
              ElementsAre("-e", "-i", "--limit", "--tags", "--target", "--set"));
  EXPECT_THAT(other_flags({}, {.prune = true}), ElementsAre("--prune"));
}

}  // namespace
}  // namespace holdfast
