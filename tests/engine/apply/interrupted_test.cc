#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ApplyInterrupted, AHostThatLostItsControllerTakesItselfBackAndIsAsked) {
  Fleet fleet(kTwoFiles);
  const std::string before = fleet["h1"].host.snapshot();
  fleet["h1"].lose_after(1);
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::ConnectionLost);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Applied);
  EXPECT_EQ(fleet["h1"].host.snapshot(), before);
  EXPECT_EQ(parse_meta(fleet["h1"].meta_of("run-1"))->by, "guard");
}

TEST(ApplyInterrupted, AHostThatCouldNotTakeAllBackSaysWhereItSaysWhat) {
  Fleet fleet(kTwoFiles);
  fleet["h1"].stuck = "/srv/a stays";
  fleet["h1"].lose_after(1);
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::HalfDone);
  EXPECT_THAT(end_of(outcome, "h1").left, ElementsAre(HasSubstr("runs/run-1/left")));
}

TEST(ApplyInterrupted, ALostHostThatNobodyWatchesIsHalfDoneAndCanBeTakenBack) {
  Fleet fleet(kTwoFiles);
  const std::string before = fleet["h1"].host.snapshot();
  const Plan plan = fleet.plan();
  fleet["h1"].watched = false;
  fleet["h1"].lose_after(1);
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::HalfDone);
  EXPECT_THAT(end_of(outcome, "h1").left,
              ElementsAre(HasSubstr("the connection was lost in the middle of run run-1")));
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Applied);

  fleet["h1"].reconnect();
  EXPECT_EQ(end_of(fleet.apply(plan), "h1").error->code, Code::OpenRun);
  fleet["h1"].reconnect();
  EXPECT_EQ(end_of(fleet.roll_back("run-1"), "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(fleet["h1"].host.snapshot(), before);
  EXPECT_EQ(parse_meta(fleet["h1"].meta_of("run-1"))->status, "rolled-back");
  EXPECT_EQ(fleet["h1"].open_run, "");
}

TEST(ApplyInterrupted, ALostHostHoldsItsDependantsBack) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/b, content: b, requires: [{on: h1, resource: file /srv/a}]}
)");
  fleet["h1"].lose_after(0);
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::HeldBack);
  EXPECT_EQ(fleet["h2"].host.files.count("/srv/b"), 0U);
}

TEST(ApplyInterrupted, AHostThatIsGoneBeforeTheLockIsUnreachable) {
  Fleet fleet(kTwoFiles);
  const Plan plan = fleet.plan();
  fleet["h1"].before_begin = [&] {
    fleet["h1"].lose_after(0);
    (void)fleet["h1"].execute({.acts = {{1, Remove{.path = "/srv/none"}, {}}}, .rows = {}},
                              {.on_act = [](std::size_t) {}}, {});
  };
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Unreachable);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Applied);
}

TEST(ApplyInterrupted, ASignalEndsTheBlockAndTakesBack) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - {check: it answers, tcp: {port: 80}, requires: file /srv/a}
  - {file: /srv/b, content: b, requires: check it answers}
)");
  const std::string before = fleet["h1"].host.snapshot();
  std::atomic<int> interrupts{0};
  fleet["h1"].before_act = [&](const std::string&) { interrupts = 1; };
  const Outcome outcome = fleet.apply(fleet.plan(), {.interrupts = &interrupts});
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::Interrupted);
  EXPECT_EQ(fleet["h1"].blocks, 1);
  EXPECT_EQ(fleet["h1"].host.snapshot(), before);
}

TEST(ApplyInterrupted, ASecondSignalKillsWhatRunsAndTakesBack) {
  Fleet fleet(kTwoFiles);
  const std::string before = fleet["h1"].host.snapshot();
  std::atomic<int> interrupts{0};
  fleet["h1"].before_act = [&](const std::string& what) {
    if (what.find("/srv/b") != std::string::npos) interrupts = 2;
  };
  const Outcome outcome = fleet.apply(fleet.plan(), {.interrupts = &interrupts});
  EXPECT_TRUE(outcome.interrupted);
  const HostOutcome& end = end_of(outcome, "h1");
  EXPECT_EQ(end.end, HostEnd::RolledBack);
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->code, Code::Interrupted);
  EXPECT_THAT(end.error->message, HasSubstr("killed: the run was interrupted"));
  EXPECT_EQ(fleet["h1"].host.snapshot(), before);
  EXPECT_EQ(fleet["h1"].open_run, "");
}

}  // namespace
}  // namespace holdfast
