#include "engine/plan/elsewhere.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_kinds.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

constexpr const char* kManifest =
    "hosts: web\nresources:\n  - note: /base\n    content: x\n    as: ground\n"
    "  - note: /top\n    content: x\n    when: inventory_hostname == 'h1'\n"
    "    requires: [{on: h2, resource: note /base}]\n    before: [{on: h2, resource: note "
    "/base}]\n";

HostInput answer(const std::string& host, bool base, bool top) {
  ValueMap there;
  there.set("content", "x");
  HostInput out;
  out.host = host;
  out.seen.machine_id = host;
  out.seen.answers.set({"note", "/base"}, base ? Value(there) : Value());
  out.seen.answers.set({"note", "/top"}, top ? Value(there) : Value());
  return out;
}

HostInput no_answer(const std::string& host) {
  HostInput out;
  out.host = host;
  out.unreachable = Error{.code = Code::HostUnreachable, .message = "no route"};
  return out;
}

/// h1's plan with `--limit h1`, where h2 says `there` of itself.
class Limited {
 public:
  explicit Limited(const std::string& manifest = kManifest) : site_(manifest) {}

  Plan plan(const HostInput& here, const HostInput& there) {
    site_.options.limit = {"h1"};
    Catalog catalog = site_.expand();
    const auto required = take_elsewhere(catalog);
    Plan out = make_plan(std::move(catalog), {here}, fake_kinds(), {}, site_.diagnostics);
    site_.options.limit = {"h2"};
    const Plan other = make_plan(site_.expand(), {there}, fake_kinds(), {}, site_.diagnostics);
    judge_elsewhere(out, required, other, site_.diagnostics);
    return out;
  }
  std::string errors() const { return site_.errors(); }

 private:
  Site site_;
};

TEST(Elsewhere, WhatHoldsThereIsNoObstacle) {
  Limited limited;
  const Plan plan = limited.plan(answer("h1", true, false), answer("h2", true, false));
  EXPECT_EQ(limited.errors(), "");
  ASSERT_EQ(plan.rows.size(), 2U);
  EXPECT_FALSE(plan.rows[1].refused || plan.rows[1].unknown);
  EXPECT_TRUE(plan.rows[1].changes());
  EXPECT_EQ(plan.hosts.size(), 1U);
}

TEST(Elsewhere, WhatDoesNotHoldThereIsRefusedByName) {
  Limited limited;
  const Plan plan = limited.plan(answer("h1", true, false), answer("h2", false, false));
  ASSERT_TRUE(plan.rows[1].refused);
  EXPECT_EQ(plan.rows[1].refused->code, Code::DependencyFailed);
  EXPECT_THAT(plan.rows[1].refused->message, HasSubstr("h1 note /top requires h2 note /base"));
  EXPECT_THAT(plan.rows[1].refused->where.text(), HasSubstr("site.yaml:9:"));
  EXPECT_FALSE(plan.rows[0].refused) << "what does not rest on it goes on";
}

TEST(Elsewhere, WhatChangesNothingNeedsNothing) {
  Limited limited;
  const Plan plan = limited.plan(answer("h1", true, true), answer("h2", false, false));
  EXPECT_FALSE(plan.rows[1].refused || plan.rows[1].unknown);
}

TEST(Elsewhere, AHostThatDoesNotAnswerHoldsItsDependantsBack) {
  Limited limited;
  const Plan plan = limited.plan(answer("h1", false, false), no_answer("h2"));
  ASSERT_TRUE(plan.rows[1].unknown);
  EXPECT_EQ(plan.rows[1].unknown->cause, "requires h2 note /base: h2 is unreachable");
  EXPECT_FALSE(plan.rows[1].changes());
  EXPECT_TRUE(plan.rows[0].changes());
  ASSERT_EQ(plan.hosts.size(), 2U) << "it is told as any other";
  EXPECT_TRUE(plan.hosts[1].unreachable);
}

TEST(Elsewhere, IsFoundByItsShorterNameAndMissedByAWrongOne) {
  const std::string head =
      "hosts: web\nresources:\n  - note: /base\n    as: ground\n"
      "    content: x\n  - note: /top\n    content: x\n    requires: [{on: h2, resource: ";
  Limited by_alias(head + "ground}]\n    when: inventory_hostname == 'h1'\n");
  EXPECT_TRUE(by_alias.plan(answer("h1", true, false), answer("h2", false, true)).rows[1].refused);
  Limited wrong(head + "note /bass}]\n    when: inventory_hostname == 'h1'\n");
  wrong.plan(answer("h1", true, false), answer("h2", true, false));
  EXPECT_THAT(wrong.errors(), HasSubstr("no resource 'note /bass' on h2"));
}

}  // namespace
}  // namespace holdfast
