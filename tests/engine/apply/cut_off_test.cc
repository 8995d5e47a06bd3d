// An apply that goes on from a run that was cut off: until it really begins that one stays open.
#include "engine/apply/cut_off.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/report/exit_code.h"
#include "engine/report/outcome_text.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kSite =
    "hosts: h1\nresources:\n  - {file: /srv/a, content: one}\n  - {file: /srv/b, content: x}\n";

/// Run run-1 was cut off on h1 after its first step, and nobody takes it back.
class CutOff : public testing::Test {
 protected:
  CutOff() {
    h1().watched = false;
    h1().lose_after(1);
    fleet_.apply();
    h1().reconnect();
  }

  FakeRunner& h1() { return fleet_["h1"]; }
  std::string status() { return parse_meta(h1().meta_of("run-1"))->status; }
  Outcome resume(ApplyOptions options = {}) {
    const Plan plan = fleet_.plan();
    options.resume = true;
    Outcome outcome = fleet_.apply(plan, options);
    code_ = exit_code(plan, outcome);
    said_ = outcome_text(plan, outcome, false);
    return outcome;
  }
  /// It goes on, and is cut off as well.
  void resume_and_lose_after(int steps) {
    h1().lose_after(steps);
    resume();
    h1().reconnect();
  }
  void recover_both() {
    const Outcome outcome = fleet_.roll_back(RollbackOptions{.only_open = true});
    EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
    EXPECT_EQ(end_of(outcome, "h1").taken_back.size(), 2U);
    EXPECT_EQ(fleet_.snapshot(), before_);
    EXPECT_EQ(h1().open_run, "");
    EXPECT_EQ(status(), "rolled-back");
  }
  void still_open() {
    EXPECT_EQ(h1().open_run, "run-1");
    EXPECT_EQ(status(), "open");
    EXPECT_FALSE(h1().locked);
  }

  Fleet fleet_{kSite};
  std::string before_ = [this] { return fleet_.snapshot(); }();
  int code_ = -1;
  std::string said_;
};

TEST_F(CutOff, IsGoneOnFromAndWhatItMadeIsOurs) {
  const Outcome outcome = resume();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
  EXPECT_EQ(end_of(outcome, "h1").cut_off->run, "run-1");
  EXPECT_EQ(end_of(outcome, "h1").cut_off->status, "stopped");
  EXPECT_EQ(code_, 0);
  EXPECT_THAT(said_, HasSubstr("went on from run run-1"));
  EXPECT_EQ(status(), "stopped");
  EXPECT_THAT(h1().log, Contains(HasSubstr("run-1 stopped by run run-2: apply")));
  const HostState state = fleet_.state("h1");
  ASSERT_EQ(state.objects.size(), 2U);
  for (const auto& [identity, object] : state.objects) EXPECT_TRUE(object.created) << identity;
  EXPECT_THAT(state.made, IsEmpty());
  EXPECT_THAT(told(fleet_.plan()), IsEmpty());
  fleet_.roll_back();
  fleet_.roll_back("run-1");
  EXPECT_EQ(fleet_.snapshot(), before_);
}

TEST_F(CutOff, GoesBackWithTheRunThatWentOnFromItAndWasCutOffToo) {
  fleet_.manifest(std::string(kSite) + "  - {file: /srv/c, content: y}\n");
  resume_and_lose_after(1);
  EXPECT_EQ(h1().open_run, "run-2");
  recover_both();
  EXPECT_EQ(parse_meta(h1().meta_of("run-2"))->status, "rolled-back");
}

TEST_F(CutOff, GoesBackAlsoWhereATryThatCameToNoEndCalledTheRunAfterItTakenBack) {
  fleet_.manifest(std::string(kSite) + "  - {file: /srv/c, content: y}\n");
  resume_and_lose_after(0);
  RunMeta after = *parse_meta(h1().meta_of("run-2"));
  after.status = "rolled-back";
  ASSERT_TRUE(h1().annotate(after, {}, minutes_from_now(1)));
  recover_both();
}

TEST_F(CutOff, OpensAgainWhatTheRunAfterItClosedWhereNobodyGetsInWithout) {
  fleet_.manifest(std::string(kSite) + "  - {file: /srv/c, content: y, rollback: never}\n" +
                  "  - {file: /srv/d, content: z}\n");
  resume_and_lose_after(2);
  // By the second run's file somebody is kept out, unless the first one's lets him in.
  h1().lets_in = [this] {
    return h1().host.files.count("/srv/c") == 0 || h1().host.files.count("/srv/a") > 0;
  };
  const Outcome outcome = fleet_.roll_back(RollbackOptions{.only_open = true});
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h1").stays, IsEmpty());
  EXPECT_EQ(fleet_.snapshot(), before_);
}

TEST_F(CutOff, StaysOpenWhereTheHostMovedSinceThePlan) {
  h1().before_begin = [this] { h1().host.files["/srv/b"] = {.content = "mine"}; };
  const Outcome outcome = resume();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::ObjectMoved);
  EXPECT_EQ(code_, 6) << "an open run is still in the way";
  still_open();
}

TEST_F(CutOff, StaysOpenWhereAnotherRunHoldsTheHost) {
  RunMeta other;
  other.id = "theirs";
  other.user = "eve";
  h1().held_by = meta_json(other);
  const Outcome outcome = resume();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Locked);
  EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("held by run theirs of eve"));
  EXPECT_EQ(code_, 5);
  still_open();
}

TEST_F(CutOff, StaysOpenWhereAnotherHostIsHeld) {
  fleet_.manifest(std::string(kSite).replace(7, 2, "web"));
  fleet_["h2"].held_by = "7 daemon";
  resume();
  EXPECT_EQ(code_, 5);
  still_open();
}

TEST_F(CutOff, StaysOpenWhereNoRunCanBeOpened) {
  h1().refuses = true;
  resume();
  EXPECT_EQ(code_, 6);
  EXPECT_THAT(said_, HasSubstr("is still open"));
  still_open();
}

TEST_F(CutOff, IsInTheWayOfWhoeverDoesNotAskForIt) {
  const Plan plan = fleet_.plan();
  EXPECT_EQ(end_of(fleet_.apply(plan), "h1").error->code, Code::OpenRun);
  still_open();
}

TEST(LostInOpen, IsAsTheHostSays) {
  for (const auto lost : {FakeRunner::Lost::Before, FakeRunner::Lost::After}) {
    Fleet fleet(kSite);
    const std::string before = fleet.snapshot();
    fleet["h1"].lost_in_open = lost;
    const Plan plan = fleet.plan();
    const Outcome outcome = fleet.apply(plan);
    const bool begun = lost == FakeRunner::Lost::After;
    EXPECT_EQ(end_of(outcome, "h1").end, begun ? HostEnd::RolledBack : HostEnd::Unreachable);
    EXPECT_EQ(end_of(outcome, "h1").run, begun ? "run-1" : "");
    EXPECT_EQ(exit_code(plan, outcome), begun ? 7 : 3);
    EXPECT_EQ(fleet.snapshot(), before);
  }
}

TEST(NoCutOff, WhatBeganAfterThePlanIsInTheWay) {
  Fleet fleet(kSite);
  const Plan plan = fleet.plan();
  fleet["h1"].open_run = "theirs";
  ApplyOptions options;
  options.resume = true;
  EXPECT_EQ(end_of(fleet.apply(plan, options), "h1").error->code, Code::OpenRun);
}

TEST_F(CutOff, ItsHalfIsToldWhereTheRestFails) {
  const std::string half = fleet_.snapshot();
  h1().fail_after(0);
  const Outcome outcome = resume();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(fleet_.snapshot(), half);
  EXPECT_EQ(code_, 6);
  EXPECT_THAT(said_, HasSubstr("run run-1 did, which was cut off; it was ended as stopped"));
  EXPECT_THAT(said_, HasSubstr("`holdfast rollback run-1`"));
  EXPECT_EQ(status(), "stopped");
  EXPECT_EQ(end_of(fleet_.roll_back("run-1"), "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(fleet_.snapshot(), before_);
}

TEST(CutOffAtItsEnd, OnlyEndsWhereNothingIsLeftToBeDone) {
  const std::string site =
      "hosts: h1\nresources:\n  - {file: /srv/a, content: two}\n  - {file: /srv/b, content: ";
  Fleet fleet(kSite);
  fleet.settle();
  fleet.manifest(site + "y}\n");
  fleet["h1"].watched = false;
  fleet["h1"].lose_after(1);
  fleet.apply();
  fleet["h1"].reconnect();
  fleet.manifest(site + "x}\n");
  const Plan plan = fleet.plan();
  ASSERT_THAT(told(plan), IsEmpty());
  ApplyOptions options;
  options.resume = true;
  const Outcome outcome = fleet.apply(plan, options);
  EXPECT_EQ(end_of(outcome, "h1").cut_off->status, "stopped");
  EXPECT_EQ(exit_code(plan, outcome), 0);
  EXPECT_EQ(parse_meta(fleet["h1"].meta_of("run-2"))->status, "stopped");
  EXPECT_EQ(fleet["h1"].open_run, "");
  EXPECT_FALSE(fleet["h1"].locked);
}

TEST_F(CutOff, IsNotEndedInThePlaceOfAnother) {
  EXPECT_EQ(stop_open_run(h1(), "h1", "earlier", {}).error().code, Code::OpenRun);
  still_open();
}

TEST(NoCutOff, ThereIsNothingToEnd) {
  Fleet fleet(kSite);
  fleet.settle();
  EXPECT_FALSE(*stop_open_run(fleet["h1"], "h1", "run-1", {}));
  EXPECT_FALSE(fleet["h1"].locked);
}

}  // namespace
}  // namespace holdfast
