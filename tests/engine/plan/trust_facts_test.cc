#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/plan/plan.h"
#include "tests/support/fake_kinds.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

/// h2 says who it is; the manifest of h1 lets it in, or not.
Value facts_of_h2() {
  ValueMap facts;
  facts.set("address", "10.0.0.2");
  facts.set("wanted", true);
  facts.set("all", ValueList{Value("10.0.0.2"), Value("10.0.0.3")});
  return Value(std::move(facts)).tainted({"h2"});
}

/// The row of h1's one resource after planning it on an empty host.
Row planned(const std::string& resources) {
  Site site("hosts: h1\nresources:\n" + resources);
  site.facts["h2"] = facts_of_h2();
  ValueMap own;
  own.set("address", "10.0.0.1");
  site.facts["h1"] = Value(std::move(own)).tainted({"h1"});
  Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  HostInput input;
  input.host = "h1";
  const Plan plan = make_plan(std::move(catalog), {input}, fake_kinds(), {}, site.diagnostics);
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(plan.rows.size(), 1U);
  return plan.rows.empty() ? Row{} : plan.rows.front();
}

TEST(TrustFacts, AnothersReportOpensNoDoorUnasked) {
  const Row row =
      planned("  - door: front\n    guest: \"{{ hostvars['h2'].facts.address }}/32\"\n");
  ASSERT_TRUE(row.refused);
  EXPECT_EQ(row.refused->code, Code::NeedsTrust);
  EXPECT_EQ(row.refused->message, "door front on h1 gives access or power by what h2 reported");
  EXPECT_THAT(row.refused->where.text(), testing::HasSubstr("site.yaml:4:12"));
  EXPECT_EQ(row.refused->hint, "say `trust_facts: [h2]` if it may decide this");
}

TEST(TrustFacts, NeitherThroughWhetherNorHowOftenNorWhat) {
  for (const char* resource :
       {"  - door: front\n    when: hostvars['h2'].facts.wanted\n",
        "  - door: \"{{ item }}\"\n    for_each: \"{{ hostvars['h2'].facts.all[:1] }}\"\n",
        "  - door: front\n    ensure: \"{{ 'present' if hostvars['h2'].facts.wanted else "
        "'absent' }}\"\n",
        "  - block: all\n    when: hostvars['h2'].facts.wanted\n    resources:\n"
        "      - door: front\n"}) {
    const Row row = planned(resource);
    ASSERT_TRUE(row.refused) << resource;
    EXPECT_EQ(row.refused->code, Code::NeedsTrust) << resource;
  }
}

TEST(TrustFacts, WhoIsListedMayDecide) {
  const char* guest = "    guest: \"{{ hostvars['h2'].facts.address }}\"\n";
  EXPECT_FALSE(planned(std::string("  - door: front\n    trust_facts: [h2]\n") + guest).refused);
  EXPECT_FALSE(planned(std::string("  - block: all\n    trust_facts: h2\n    resources:\n"
                                   "      - door: front\n    ") +
                       guest)
                   .refused);
  EXPECT_TRUE(planned(std::string("  - door: front\n    trust_facts: [h3]\n") + guest).refused);
}

TEST(TrustFacts, WhatOpensNothingAndWhatTheHostSaysOfItselfNeedNone) {
  EXPECT_FALSE(
      planned("  - note: /a\n    content: \"{{ hostvars['h2'].facts.address }}\"\n").refused);
  EXPECT_FALSE(planned("  - door: front\n    guest: \"{{ facts.address }}\"\n").refused);
  EXPECT_FALSE(planned("  - door: front\n    audit: true\n    guest: \"{{ "
                       "hostvars['h2'].facts.address }}\"\n")
                   .refused);
}

}  // namespace
}  // namespace holdfast
