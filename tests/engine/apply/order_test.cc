#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ApplyOrder, EachActIsToldOnce) {
  Fleet fleet("hosts: h1\nresources:\n  - {file: /srv/a, content: a}\n");
  fleet.apply();
  EXPECT_THAT(fleet.diary().lines(),
              ElementsAre("h1 begins", "h1 write /srv/a", "h1 notes confirming by a fresh login",
                          "h1 ends"));
}

TEST(ApplyOrder, FollowsTheGraphNotTheFile) {
  Fleet fleet(R"(
hosts: h1
resources:
  - file: /srv/app/a
    owner: app
    content: x
  - directory: /srv/app
    owner: app
  - user: app
)");
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
  EXPECT_EQ(end_of(outcome, "h1").changed, 3);
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/app/a").owner, "app");
  EXPECT_FALSE(fleet["h1"].locked);
  EXPECT_EQ(fleet["h1"].open_run, "");
}

TEST(ApplyOrder, OneBlockHoldsAllThatIsReady) {
  Fleet fleet(R"(
hosts: web
resources:
  - {file: /srv/a, content: a}
  - {file: /srv/b, content: b}
  - {file: /srv/c, content: c, requires: file /srv/b}
)");
  const int asked = fleet["h1"].host.round_trips();
  fleet.settle();
  EXPECT_EQ(fleet["h1"].blocks, 1);
  EXPECT_EQ(fleet["h2"].blocks, 1);
  EXPECT_EQ(fleet["h1"].host.round_trips(), asked + 2) << "once to plan, once under the lock";
}

TEST(ApplyOrder, AnotherHostsPartComesFirst) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a, requires: [{on: h2, resource: file /srv/b}]}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/b, content: b}
)");
  std::vector<std::string> acts;
  fleet.apply();
  for (const std::string& line : fleet.diary().lines()) {
    if (line.find("write") != std::string::npos) acts.push_back(line);
  }
  EXPECT_THAT(acts, ElementsAre("h2 write /srv/b", "h1 write /srv/a"));
}

TEST(ApplyOrder, TwoHostsThatWaitForEachOtherGetOnWithOneSlot) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/1, content: a}
  - {file: /srv/3, content: a, requires: [{on: h2, resource: file /srv/2}]}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/2, content: a, requires: [{on: h1, resource: file /srv/1}]}
  - {file: /srv/4, content: a, requires: [{on: h1, resource: file /srv/3}]}
)");
  const Outcome outcome = fleet.apply(fleet.plan(), {.parallel = 1});
  EXPECT_EQ(end_of(outcome, "h1").changed, 2);
  EXPECT_EQ(end_of(outcome, "h2").changed, 2);
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST(ApplyOrder, WhatHoldsAlreadyKeepsNobodyWaiting) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/there, content: a}
  - {file: /srv/own, content: a, requires: file /srv/there}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/other, content: a, requires: [{on: h1, resource: file /srv/there}]}
)");
  fleet["h1"].host.files["/srv/there"] = {.content = "a"};
  EXPECT_TRUE(fleet.plan().rows[0].adopt);
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").changed, 1);
  EXPECT_EQ(end_of(outcome, "h2").changed, 1);
  EXPECT_FALSE(fleet.state("h1").objects.at("file /srv/there").created);
}

}  // namespace
}  // namespace holdfast
