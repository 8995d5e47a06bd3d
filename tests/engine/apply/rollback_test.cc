#include "engine/apply/rollback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/report/outcome_text.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string file_of(const std::string& content, const std::string& more = "") {
  return "hosts: h1\nresources:\n  - {file: /srv/a, content: " + content + "}\n" + more;
}

TEST(Rollback, TakesTheLastRunBackWithItsRecord) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  const std::string before = fleet.snapshot();
  const std::string record = state_json(fleet.state("h1"));
  fleet.manifest(file_of("two", "  - {file: /srv/b, content: x}\n"));
  fleet.settle();
  const Outcome outcome = fleet.roll_back();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(outcome.hosts.size(), 1U) << "hosts that never saw the run are left out";
  EXPECT_EQ(fleet.snapshot(), before);
  EXPECT_EQ(state_json(fleet.state("h1")), record);
  EXPECT_FALSE(fleet["h1"].locked);
  fleet.manifest(file_of("one"));
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST(Rollback, ALaterRunOnTheSameObjectsIsInTheWay) {
  Fleet fleet(file_of("one"));
  const std::string before = fleet.snapshot();
  fleet.settle();
  fleet.manifest(file_of("two"));
  fleet.settle();
  const Outcome refused = fleet.roll_back("run-1");
  EXPECT_EQ(end_of(refused, "h1").error->code, Code::LaterRun);
  EXPECT_THAT(end_of(refused, "h1").error->message, HasSubstr("run-2"));
  EXPECT_FALSE(fleet["h1"].locked);
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/a").content, "two");
  EXPECT_EQ(end_of(fleet.roll_back("run-1", true), "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(fleet.snapshot(), before);
  EXPECT_EQ(fleet["h1"].state, std::nullopt) << "there was no record before the first run";
}

TEST(Rollback, WhatClosedAHoleIsListedAndGoesBackOnlyWhereItMay) {
  Fleet fleet("hosts: h1\nresources:\n  - {file: /srv/a, content: one, rollback: never}\n");
  fleet.settle();
  const std::string before = fleet.snapshot();
  fleet.manifest("hosts: h1\nresources:\n  - {file: /srv/a, content: two, rollback: never}\n");
  fleet.settle();
  const Outcome refused = fleet.roll_back("run-2");
  ASSERT_TRUE(end_of(refused, "h1").error);
  EXPECT_EQ(end_of(refused, "h1").error->code, Code::WouldReopen);
  ASSERT_EQ(end_of(refused, "h1").error->notes.size(), 1U);
  EXPECT_THAT(end_of(refused, "h1").error->notes[0].message,
              HasSubstr("file /srv/a, by run run-2"));
  EXPECT_FALSE(fleet["h1"].locked);
  EXPECT_EQ(end_of(fleet.roll_back("run-2", false, true), "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST(Rollback, ARunThatWasCutOffLeavesItClosed) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {file: /srv/a, content: one, rollback: never}\n"
      "  - {file: /srv/b, content: one}\n");
  fleet["h1"].watched = false;
  fleet["h1"].lose_after(1);
  fleet.apply();
  fleet["h1"].reconnect();
  const Outcome outcome = fleet.roll_back("run-1");
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h1").stays, testing::ElementsAre(HasSubstr("/srv/a")));
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/a").content, "one");
  EXPECT_EQ(fleet.state("h1").machine, fleet["h1"].machine) << "there was no record before it";
}

TEST(Rollback, ARunThatWasCutOffOpensWhatLetsNobodyIn) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {file: /srv/a, content: one, rollback: never}\n"
      "  - {file: /srv/b, content: one}\n");
  fleet["h1"].watched = false;
  fleet["h1"].lets_in = [&] { return fleet["h1"].host.files.count("/srv/a") == 0; };
  fleet["h1"].lose_after(1);
  fleet.apply();
  fleet["h1"].reconnect();
  const Outcome outcome = fleet.roll_back("run-1");
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h1").stays, IsEmpty());
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 0U);
}

TEST(Rollback, LeavesAHostThatSomebodyPaused) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  fleet["h1"].pause = Pause{"2031-01-01T00:00:00Z", "ann", "a release"};
  const Outcome refused = fleet.roll_back();
  ASSERT_TRUE(end_of(refused, "h1").error);
  EXPECT_EQ(end_of(refused, "h1").error->code, Code::Paused);
  EXPECT_EQ(end_of(refused, "h1").end, HostEnd::Refused);
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/a").content, "one");
  EXPECT_FALSE(fleet["h1"].locked);
}

TEST(Rollback, EndsWhatWasCutOffOnAHostThatSomebodyPaused) {
  Fleet fleet(file_of("one", "  - {file: /srv/b, content: one}\n"));
  const std::string before = fleet.snapshot();
  fleet["h1"].watched = false;
  fleet["h1"].lose_after(1);
  fleet.apply();
  fleet["h1"].reconnect();
  fleet["h1"].pause = Pause{"2031-01-01T00:00:00Z", "ann", "a release"};
  EXPECT_EQ(end_of(fleet.roll_back("run-1"), "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST(Rollback, OfWhatCantBeTakenBackAnyMoreChangesNothing) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  const std::string before = fleet.snapshot();
  fleet["h1"].forget("run-1", {.gone = {"write /srv/a"}});
  const auto refused = [&] {
    const Outcome outcome = fleet.roll_back("run-1");
    const std::optional<Error>& error = end_of(outcome, "h1").error;
    EXPECT_TRUE(error);
    EXPECT_FALSE(fleet["h1"].locked);
    return error.value_or(Error{});
  };
  EXPECT_EQ(refused().code, Code::WayBackGone);
  EXPECT_THAT(refused().hint, HasSubstr("--partial"));
  fleet["h1"].forget("run-1", {.there = false, .dropped = "age"});
  EXPECT_EQ(refused().code, Code::WayBackGone);
  EXPECT_THAT(refused().notes.at(0).message, HasSubstr("it was too old"));
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST(Rollback, OfARunThatIsTakenBackAlreadyDoesNothing) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  fleet.roll_back("run-1");
  EXPECT_THAT(fleet.roll_back("run-1").hosts, IsEmpty());
  EXPECT_THAT(fleet.roll_back("nobody's").hosts, IsEmpty());
  EXPECT_FALSE(fleet["h1"].locked);
}

TEST(Rollback, SaysWhatIsLeftAndWhoHoldsTheHost) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  fleet["h1"].held_by = "{}";
  EXPECT_EQ(end_of(fleet.roll_back(), "h1").end, HostEnd::Locked);
  fleet["h1"].held_by = "";
  fleet["h1"].stuck = "/srv/a: read-only";
  EXPECT_EQ(end_of(fleet.roll_back(), "h1").end, HostEnd::HalfDone);
  EXPECT_EQ(parse_meta(fleet["h1"].meta_of("run-1"))->status, "half-done");
}

TEST(Rollback, ThatLosesItsHostIsAsTheHostSays) {
  for (const bool whole : {true, false}) {
    Fleet fleet(file_of("one"));
    fleet.settle();
    fleet["h1"].before_undo = [] {
      return fail(Code::ConnectionLost, "the shell on the host ended and said nothing");
    };
    fleet["h1"].stuck = whole ? "" : "/srv/a: read-only";
    const Outcome outcome = fleet.roll_back();
    EXPECT_EQ(end_of(outcome, "h1").end, whole ? HostEnd::RolledBack : HostEnd::HalfDone);
    EXPECT_EQ(end_of(outcome, "h1").error.has_value(), !whole);
    if (whole) continue;
    EXPECT_EQ(unfinished(end_of(outcome, "h1")), "run-1") << "what is to be gone on with";
    EXPECT_EQ(end_of(outcome, "h1").left.size(), 1U);
  }
}

TEST(Rollback, OneThatWasCutOffIsGoneOnWith) {
  for (const int undone : {0, 1}) {
    Fleet fleet(file_of("one"));
    const std::string before = fleet.snapshot();
    fleet.settle();
    fleet.manifest(file_of("two", "  - {file: /srv/b, content: x}\n"));
    fleet.settle();
    fleet["h1"].watched = false;
    fleet["h1"].before_undo = [left = undone]() mutable -> Result<void> {
      if (left-- > 0) return {};
      return fail(Code::ConnectionLost, "the shell on the host ended and said nothing");
    };
    fleet.roll_back("run-1", true);
    const std::string cut_off = fleet["h1"].open_run;
    ASSERT_NE(cut_off, "");
    EXPECT_NE(fleet.snapshot(), before);
    fleet["h1"].before_undo = [] { return Result<void>(); };
    fleet["h1"].reconnect();
    const Outcome outcome = fleet.roll_back(RollbackOptions{.only_open = true});
    EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
    EXPECT_EQ(end_of(outcome, "h1").taken_back.size(), 2U - static_cast<std::size_t>(undone));
    EXPECT_EQ(fleet.snapshot(), before);
    EXPECT_EQ(fleet["h1"].state, std::nullopt) << "there was no record before the first run";
    EXPECT_EQ(fleet["h1"].open_run, "");
    EXPECT_EQ(parse_meta(fleet["h1"].meta_of(cut_off))->status, "done");
    EXPECT_FALSE(fleet["h1"].locked);
  }
}

TEST(Rollback, OneThatWasCutOffStillOpensWhatItMight) {
  Fleet fleet("hosts: h1\nresources:\n  - {file: /srv/a, content: one, rollback: never}\n");
  const std::string before = fleet.snapshot();
  fleet.settle();
  fleet["h1"].watched = false;
  fleet["h1"].before_undo = [] {
    return fail(Code::ConnectionLost, "the shell on the host ended and said nothing");
  };
  fleet.roll_back("run-1", false, true);
  EXPECT_NE(fleet.snapshot(), before);
  fleet["h1"].before_undo = [] { return Result<void>(); };
  fleet["h1"].reconnect();
  const Outcome outcome = fleet.roll_back(RollbackOptions{.only_open = true});
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h1").stays, IsEmpty());
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST(Rollback, ThatLosesItsHostAsItBeginsHasNotBegun) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  const std::string before = fleet.snapshot();
  fleet["h1"].lost_in_open = FakeRunner::Lost::Before;
  const Outcome outcome = fleet.roll_back();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Unreachable);
  EXPECT_EQ(end_of(outcome, "h1").run, "");
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST(Rollback, TellsWhatTheHostHasEndedByItself) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  for (const char* host : {"h1", "h2"}) fleet[host].alone = {{"earlier", "guard", "rolled-back"}};
  const Outcome outcome = fleet.roll_back();
  EXPECT_EQ(outcome.hosts.size(), 1U);
  const std::string said = outcome_text(Plan{}, outcome, false);
  for (const char* host : {"h1", "h2"}) {
    EXPECT_THAT(said, HasSubstr(std::string("note: ") + host +
                                ": run earlier was taken back by the host itself"));
  }
  EXPECT_THAT(outcome_json(Plan{}, outcome), HasSubstr("\"ended_alone\""));
}

TEST(Rollback, OneThatWasCutOffAtItsVeryEndIsEnded) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  fleet.roll_back("run-1");
  RunMeta open = *parse_meta(fleet["h1"].meta_of("run-2"));
  open.status = "open";
  ASSERT_TRUE(fleet["h1"].open(open, "", {}, minutes_from_now(1)));
  const Outcome outcome = fleet.roll_back(RollbackOptions{.only_open = true});
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h1").taken_back, IsEmpty());
  EXPECT_EQ(fleet["h1"].open_run, "");
  EXPECT_EQ(parse_meta(fleet["h1"].meta_of("run-2"))->status, "done");
}

}  // namespace
}  // namespace holdfast
