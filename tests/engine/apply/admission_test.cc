#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/apply/rewrite.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ApplyAdmission, OneHostHeldByAnotherRunStopsAll) {
  Fleet fleet(kTwoFiles);
  const std::string before = fleet.snapshot();
  RunMeta other;
  other.id = "theirs";
  other.user = "eve";
  fleet["h2"].held_by = meta_json(other);
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Locked);
  EXPECT_THAT(end_of(outcome, "h2").error->message, HasSubstr("h2 is held by run theirs of eve"));
  EXPECT_EQ(end_of(outcome, "h1").changed, 0);
  EXPECT_EQ(fleet.snapshot(), before);
  EXPECT_FALSE(fleet["h1"].locked) << "its lock must be dropped";
  EXPECT_FALSE(fleet["h1"].knows("run-1"));
  EXPECT_THAT(fleet.diary().lines(),
              testing::UnorderedElementsAre("h1 begins", "h2 begins", "h1 ends", "h2 ends"));
}

TEST(ApplyAdmission, AnObjectThatMovedSinceThePlanIsRefused) {
  Fleet fleet(kTwoFiles);
  const Plan plan = fleet.plan();
  fleet["h1"].before_begin = [&] { fleet["h1"].host.files["/srv/b"] = {.content = "mine"}; };
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::ObjectMoved);
  EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("h1 file /srv/b"));
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 0U);
  EXPECT_FALSE(fleet["h1"].locked);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Applied);
  EXPECT_THAT(fleet.diary().lines(), testing::Contains("h1 ends"));
}

TEST(ApplyAdmission, AnObjectThatWasToBeLetAloneAndMovedStopsItsHost) {
  Fleet fleet(kTwoFiles);
  fleet.settle();
  fleet["h1"].host.files["/srv/a"].content = "another";
  const Plan plan = fleet.plan();
  fleet["h1"].before_begin = [&] { fleet["h1"].host.files.erase("/srv/b"); };
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::ObjectMoved);
  EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("h1 file /srv/b"));
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/a").content, "another");
  EXPECT_FALSE(fleet["h1"].locked);
}

TEST(ApplyAdmission, WhatIsStillAsThePlanSawItIsNotJudgedAnew) {
  Fleet fleet(kTwoFiles);
  fleet.settle();
  fleet["h1"].host.files["/srv/a"].content = "another";
  Plan plan = fleet.plan();
  // As of a secret that a server tells nobody, which the record alone found right.
  plan.declarations[row_of(plan, "h1", "file /srv/b")].resource.desired.set("content", "hidden");
  EXPECT_EQ(end_of(fleet.apply(plan), "h1").end, HostEnd::Applied);
}

TEST(ApplyAdmission, WhatCanBeToldUnderTheLockAndCouldNotBeforeStopsItsHost) {
  Fleet fleet(kTwoFiles);
  Plan plan = fleet.plan();
  Row& untold = plan.rows[row_of(plan, "h1", "file /srv/b")];
  untold.unknown = Unknown{"needs root"};
  untold.change.attributes.front().before = *untold.unknown;
  untold.change.before.emplace().set("content", *untold.unknown);
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("h1 file /srv/b"));
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 0U);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Applied);
}

TEST(ApplyAdmission, WhatAnotherRunMadeMeanwhileStaysMade) {
  Fleet fleet(kTwoFiles);
  for (const char* path : {"/srv/a", "/srv/b"}) {
    fleet["h1"].host.files[path] = {.content = std::string(1, path[5])};
  }
  const Plan plan = fleet.plan();  // that adopts both
  for (const char* path : {"/srv/a", "/srv/b"}) fleet["h1"].host.files.erase(path);
  fleet.settle();
  ASSERT_TRUE(fleet.state("h1").objects.at("file /srv/a").created);
  fleet.apply(plan);
  EXPECT_TRUE(fleet.state("h1").objects.at("file /srv/a").created);
}

TEST(ApplyAdmission, WhatAnotherOwnerTookMeanwhileIsRefused) {
  Fleet fleet(kTwoFiles);
  fleet["h1"].host.files["/srv/a"] = {.content = "a"};
  const Plan plan = fleet.plan();
  fleet.manifest("manifest: theirs\nhosts: h1\nresources:\n  - {file: /srv/a, content: a}\n");
  fleet.settle();
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::OtherOwner);
  EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("h1 file /srv/a belongs to "));
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/b"), 0U);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Applied);
}

TEST(ApplyAdmission, AnObjectThatMovedUnderTheLockStopsItsHost) {
  Fleet fleet(kTwoFiles);
  fleet["h1"].before_act = [&](const std::string& what) {
    if (what == "write /srv/b") fleet["h1"].host.files["/srv/b"] = {.content = "mine"};
  };
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::ObjectMoved);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 0U);
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/b").content, "mine");
}

TEST(ApplyAdmission, ARunThatHasNotEndedIsInTheWay) {
  Fleet fleet(kTwoFiles);
  fleet["h1"].open_run = "earlier";
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::OpenRun);
  EXPECT_THAT(end_of(outcome, "h1").error->hint, HasSubstr("holdfast recover"));
  EXPECT_FALSE(fleet["h1"].locked);
}

TEST(ApplyAdmission, APausedHostIsLeftAloneAlsoWhereThePauseCameAfterThePlan) {
  for (const bool before : {true, false}) {
    Fleet fleet(kTwoFiles);
    const Pause pause{"2031-01-01T00:00:00Z", "ann", "a release"};
    if (before) fleet["h1"].pause = pause;
    const Plan plan = fleet.plan();
    fleet["h1"].pause = pause;
    const Outcome outcome = fleet.apply(plan);
    EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
    EXPECT_EQ(end_of(outcome, "h1").error->code, Code::Paused);
    EXPECT_THAT(end_of(outcome, "h1").error->message,
                HasSubstr("h1 is paused by ann until 2031-01-01T00:00:00Z: a release"));
    EXPECT_FALSE(fleet["h1"].locked);
    EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Applied);
  }
}

TEST(ApplyAdmission, NeedsRootAndAProgramToLockWith) {
  Fleet fleet(kTwoFiles);
  fleet["h1"].root = false;
  fleet["h2"].can_lock = false;
  const std::string before = fleet.snapshot();
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::NeedsRoot);
  EXPECT_EQ(end_of(outcome, "h2").error->code, Code::ApplyCannotLock);
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST(ApplyAdmission, AFullDiskLeavesTheHostAlone) {
  Fleet fleet(kTwoFiles);
  fleet["h1"].refuses = true;
  const std::string before = fleet["h1"].host.snapshot();
  const Outcome outcome = fleet.apply();
  EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("no space left"));
  EXPECT_EQ(end_of(outcome, "h1").run, "");
  EXPECT_EQ(fleet["h1"].host.snapshot(), before);
  EXPECT_FALSE(fleet["h1"].locked);
}

TEST(ApplyAdmission, AFullDiskOfAHostThatOnlyAdoptsIsNobodyElsesFailure) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {file: /srv/a, content: a, on_failure: rollback_all}\n"
      "---\nmanifest: of-h2\nhosts: h2\nresources:\n  - {file: /srv/b, content: b}\n");
  fleet["h2"].host.files["/srv/b"] = {.content = "b"};
  fleet["h2"].refuses = true;
  const Plan plan = fleet.plan();
  ASSERT_TRUE(plan.rows[row_of(plan, "h2", "file /srv/b")].adopt);
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 1U);
}

TEST(ApplyAdmission, ChecksAloneTakeNoLockAndLeaveNoRun) {
  Fleet fleet("hosts: h1\nresources:\n  - {check: it answers, tcp: {port: 80}}\n");
  int asked = 0;
  fleet["h1"].held_by = "{}";
  fleet["h1"].answer = [&](const Probe&) {
    ++asked;
    return Result<void>();
  };
  fleet.apply();
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(fleet["h1"].knows("run-1"));
}

TEST(ApplyAdmission, ARecordIsRewrittenUnderTheLockOnly) {
  Fleet fleet(kTwoFiles);
  fleet.settle();
  RunMeta meta;
  meta.id = "forget-1";
  const auto forget = [](HostState& state) {
    state.objects.erase("file /srv/a");
    return std::vector<std::string>{"file /srv/a"};
  };
  fleet["h1"].held_by = "{}";
  EXPECT_EQ(rewrite_record(fleet["h1"], meta, forget).error().code, Code::Locked);
  EXPECT_EQ(fleet.state("h1").objects.count("file /srv/a"), 1U);
  fleet["h1"].held_by = "";
  EXPECT_TRUE(rewrite_record(fleet["h1"], meta, forget));
  EXPECT_EQ(fleet.state("h1").objects.count("file /srv/a"), 0U);
  EXPECT_FALSE(fleet["h1"].locked);
  const auto nothing = [](HostState&) { return std::vector<std::string>{}; };
  meta.id = "forget-2";
  EXPECT_TRUE(rewrite_record(fleet["h1"], meta, nothing));
  EXPECT_FALSE(fleet["h1"].knows("forget-2"));
  EXPECT_FALSE(fleet["h1"].locked);
}

}  // namespace
}  // namespace holdfast
