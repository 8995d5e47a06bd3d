#include "engine/plan/merge_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_kinds.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// h2 is another name of h1.
const std::map<std::string, std::string> kNames{{"h2", "h1"}};

std::vector<HostInput> inputs() {
  std::vector<HostInput> out(3);
  const char* const names[] = {"h1", "h2", "h3"};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].host = names[i];
    out[i].seen.machine_id = i == 2 ? "m3" : "m1";
    out[i].seen.answers.set({"note", std::string("/from-") + names[i]}, Value());
  }
  return out;
}

struct Merged {
  Catalog catalog;
  std::vector<HostInput> inputs;
};

Merged merged(Site& site) {
  Merged out{site.expand(), inputs()};
  merge_names(out.catalog, out.inputs, kNames, fake_kinds(), site.diagnostics);
  return out;
}

TEST(MergeNames, GivesOneMachineWhatAllItsNamesWant) {
  Site site(
      "hosts: [h1, h2, h3]\nresources:\n  - note: /all\n    content: x\n"
      "  - note: \"/{{ inventory_hostname }}\"\n    requires: [{on: h2, resource: note /all}]\n");
  const Merged m = merged(site);
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(summary(m.catalog),
            "h1 note /all {\"content\":\"x\"}\nh1 note /h1 {}\nh1 note /h2 {}\n"
            "h3 note /all {\"content\":\"x\"}\nh3 note /h3 {}\n");
  EXPECT_EQ(found(m.catalog, "h3", "note /h3").requires_[0].host, "h1");
  EXPECT_EQ(found(m.catalog, "h1", "note /h2").owner.host, "h2") << "owners stay who they are";
  ASSERT_EQ(m.inputs.size(), 2U);
  EXPECT_THAT(m.inputs[0].also, ElementsAre("h2"));
  EXPECT_EQ(m.inputs[0].seen.answers.all().size(), 2U);
}

TEST(MergeNames, RefusesWhatTwoNamesWantOtherwise) {
  Site site(
      "hosts: [h1, h2, h3]\nresources:\n  - note: /a\n    content: \"{{ inventory_hostname }}\"\n");
  merged(site);
  ASSERT_EQ(site.diagnostics.errors().size(), 1U);
  const Error& error = site.diagnostics.errors()[0];
  EXPECT_EQ(error.code, Code::SameMachine);
  EXPECT_EQ(error.message,
            "h1 and h2 are one machine, and want note /a otherwise: 'content' differs");
  EXPECT_THAT(error.where.text(), HasSubstr("site.yaml:4:14"));
  ASSERT_EQ(error.notes.size(), 1U);
  EXPECT_TRUE(error.notes[0].where.known());
}

TEST(MergeNames, PresentHereAndAbsentThereContradict) {
  Site site(
      "hosts: [h1, h2]\nresources:\n  - note: /a\n    ensure: \"{{ 'absent' if inventory_hostname "
      "== 'h2' else 'present' }}\"\n");
  merged(site);
  ASSERT_EQ(site.diagnostics.errors().size(), 1U);
  EXPECT_EQ(site.diagnostics.errors()[0].code, Code::SameMachine);
}

TEST(MergeNames, WhatOneNameMadeIsNoStrangersToTheOther) {
  Site site("hosts: h1\nresources:\n  - note: /a\n    content: x\n");
  Catalog catalog = site.expand();
  std::vector<HostInput> in(1);
  in[0].host = "h1";
  in[0].seen.machine_id = "m1";
  HostState state;
  state.machine = "m1";
  ObjectRecord record;
  record.kind = "note";
  record.name = "/a";
  record.address = "note /a";
  record.owner = catalog.declarations[0].owner;
  record.owner.host = "h2";
  record.created = true;
  state.objects["note /a"] = record;
  in[0].seen.state = state;
  const auto refused = [&] {
    const Plan plan = make_plan(catalog, in, fake_kinds(), {}, site.diagnostics);
    return plan.rows.at(0).refused.has_value();
  };
  EXPECT_TRUE(refused());
  in[0].also = {"h2"};
  EXPECT_FALSE(refused());
  in[0].also.clear();
  own_through(catalog, in, {{"h1", {"h3"}}, {"h9", {"h2"}}}, fake_kinds());
  EXPECT_TRUE(refused()) << "another way leads there";
  own_through(catalog, in, {{"h1", {"h2"}}}, fake_kinds());
  EXPECT_FALSE(refused()) << "--limit leaves h2 out, which leads where h1 does";
}

TEST(MergeNames, APlanNamesThemAll) {
  HostPlan host;
  host.host = "h1";
  EXPECT_EQ(host.title(), "h1");
  host.also = {"web1", "db1"};
  EXPECT_EQ(host.title(), "h1 (also web1, db1)");
  EXPECT_TRUE(host.named("h1") && host.named("db1"));
  EXPECT_FALSE(host.named("h2"));
}

}  // namespace
}  // namespace holdfast
