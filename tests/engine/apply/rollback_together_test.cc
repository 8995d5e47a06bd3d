// Several hosts that go back in one rollback: who holds what, and until when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/report/exit_code.h"
#include "engine/report/outcome_text.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// h2's app rests on h1's rule, so h2 goes back first; h3 has no part in it.
constexpr const char* kTwo = R"(
hosts: h1
resources:
  - {file: /srv/rule, content: a}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/app, content: a, requires: [{on: h1, resource: file /srv/rule}]}
)";

class RollbackTogether : public testing::Test {
 protected:
  RollbackTogether() {
    fleet.settle();
    before = fleet.snapshot();
  }
  int code(const Outcome& outcome) { return exit_code(Plan{}, outcome); }
  void expect_free() {
    for (const char* host : {"h1", "h2", "h3"}) EXPECT_FALSE(fleet[host].locked) << host;
  }

  Fleet fleet{kTwo};
  std::string before;
  std::atomic<int> interrupts{0};
};

TEST_F(RollbackTogether, DoesNothingAnywhereWhereOneHostIsHeld) {
  for (const char* held : {"h1", "h2"}) {
    fleet[held].held_by = somebody();
    const Outcome outcome = fleet.roll_back("run-1");
    EXPECT_THAT(end_of(outcome, held).error->message, HasSubstr("run theirs of eve from laptop"));
    EXPECT_EQ(outcome.hosts.size(), 2U);
    for (const HostOutcome& host : outcome.hosts) {
      EXPECT_EQ(host.end, host.host == held ? HostEnd::Locked : HostEnd::Unchanged);
    }
    EXPECT_EQ(code(outcome), 5);
    EXPECT_EQ(fleet.snapshot(), before);
    expect_free();
    fleet[held].held_by.clear();
  }
  EXPECT_EQ(code(fleet.roll_back("run-1")), 0);
}

TEST_F(RollbackTogether, DoesNothingAnywhereWhereOneHostRefuses) {
  Fleet two("hosts: h1,h2\nresources:\n  - {file: /srv/a, content: a}\n");
  two.settle();
  two.manifest(
      "hosts: h1,h2\nresources:\n  - {file: /srv/a, content: b}\n"
      "---\nmanifest: closes\nhosts: h2\n"
      "resources:\n  - {file: /srv/b, content: b, rollback: never}\n");
  two.settle();
  const std::string as_it_is = two.snapshot();
  const Outcome outcome = two.roll_back("run-2");
  EXPECT_EQ(end_of(outcome, "h2").error->code, Code::WouldReopen);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Unchanged);
  EXPECT_EQ(two.snapshot(), as_it_is);
  EXPECT_EQ(code(outcome), 4);
  EXPECT_EQ(code(two.roll_back("run-2", false, true)), 0);
}

TEST_F(RollbackTogether, IsNotInTheWayOfWhoeverHoldsAHostThatHasNoPartInIt) {
  fleet["h3"].held_by = somebody();
  const Outcome outcome = fleet.roll_back("run-1");
  EXPECT_EQ(outcome.hosts.size(), 2U);
  EXPECT_EQ(code(outcome), 0);
}

TEST_F(RollbackTogether, HoldsAllHostsUntilTheirTurn) {
  fleet["h2"].before_undo = [&]() -> Result<void> {
    EXPECT_TRUE(fleet["h1"].locked);
    EXPECT_EQ(fleet["h1"].open_run, "") << "it is not begun";
    EXPECT_TRUE(fleet.diary().wait_for("h1 notes waiting for its turn"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return {};
  };
  EXPECT_EQ(code(fleet.roll_back("run-1")), 0);
  EXPECT_GT(fleet["h1"].kept_lock, 0) << "else the host would have given it up";
  EXPECT_EQ(fleet["h2"].kept_lock, 0);
  expect_free();
}

TEST_F(RollbackTogether, GoesOnWithoutAHostThatIsLostWhileItWaits) {
  fleet["h2"].before_undo = [&]() -> Result<void> {
    EXPECT_TRUE(fleet.diary().wait_for("h1 ends"));
    return {};
  };
  fleet["h1"].drops_lock = true;
  const Outcome outcome = fleet.roll_back("run-1");
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Unreachable);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/rule"), 1U);
}

TEST_F(RollbackTogether, WaitsForAHostAsLongAsItMayAndHoldsNothingMeanwhile) {
  fleet["h2"].held_by = somebody();
  const Deadline free = Clock::now() + std::chrono::milliseconds(1500);
  bool held_meanwhile = false;
  fleet["h2"].before_begin = [&] {
    if (Clock::now() > free) fleet["h2"].held_by.clear();
    if (Clock::now() > free - std::chrono::milliseconds(300)) {
      held_meanwhile = held_meanwhile || (fleet["h1"].locked && !fleet["h2"].held_by.empty());
    }
  };
  RollbackOptions options{.run = "run-1"};
  options.lock_timeout = std::chrono::seconds(20);
  EXPECT_EQ(code(fleet.roll_back(options)), 0);
  EXPECT_FALSE(held_meanwhile);
  EXPECT_THAT(fleet.diary().lines(), Contains(HasSubstr("h2 notes waiting: h2 is held by run")));
}

TEST_F(RollbackTogether, TakesTheLocksInTheOrderOfEveryController) {
  fleet["h1"].machine = "bbb";
  fleet["h2"].machine = "aaa";
  std::vector<std::string> begun;
  for (const char* name : {"h1", "h2"}) {
    fleet[name].before_begin = [&begun, name] { begun.emplace_back(name); };
  }
  fleet["h1"].held_by = somebody();
  RollbackOptions options{.run = "run-1"};
  options.parallel = 1;
  EXPECT_EQ(code(fleet.roll_back(options)), 5);
  ASSERT_GE(begun.size(), 4U);
  EXPECT_EQ(begun[2], "h2") << "the lower machine id comes first";
  EXPECT_EQ(begun[3], "h1");
}

TEST_F(RollbackTogether, ASignalLetsTheHostThatIsAtItFinishAndBeginsNoOther) {
  fleet["h2"].before_undo = [&]() -> Result<void> {
    interrupts = 1;
    return {};
  };
  RollbackOptions options{.run = "run-1"};
  options.interrupts = &interrupts;
  const Outcome outcome = fleet.roll_back(options);
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::RolledBack);
  EXPECT_FALSE(end_of(outcome, "h2").error);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::Interrupted);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/rule"), 1U);
  EXPECT_EQ(fleet["h1"].open_run, "");
  EXPECT_EQ(code(outcome), 130);
  expect_free();
  EXPECT_EQ(code(fleet.roll_back("run-1")), 0) << "what was left can be done later";
}

TEST_F(RollbackTogether, ASignalEndsTheWaitForALock) {
  fleet["h2"].held_by = somebody();
  fleet["h2"].before_begin = [&] { interrupts = 1; };
  RollbackOptions options{.run = "run-1"};
  options.interrupts = &interrupts;
  options.lock_timeout = std::chrono::minutes(5);
  const Outcome outcome = fleet.roll_back(options);
  EXPECT_EQ(code(outcome), 130);
  EXPECT_EQ(fleet.snapshot(), before);
  expect_free();
}

TEST(RecoverTogether, ASignalLeavesARunOpenAndSaysSo) {
  Fleet fleet("hosts: h1,h2\nresources:\n  - {file: /srv/a, content: a}\n");
  for (const char* host : {"h1", "h2"}) {
    fleet[host].watched = false;
    fleet[host].lose_after(0);
  }
  fleet.apply();
  for (const char* host : {"h1", "h2"}) fleet[host].reconnect();
  std::atomic<int> interrupts{0};
  fleet["h1"].before_undo = fleet["h2"].before_undo = [&]() -> Result<void> {
    interrupts = 1;
    return {};
  };
  RollbackOptions options{.only_open = true};
  options.interrupts = &interrupts;
  options.parallel = 1;
  const Outcome outcome = fleet.roll_back(options);
  int open = 0;
  for (const HostOutcome& host : outcome.hosts) {
    if (host.end == HostEnd::RolledBack) continue;
    ++open;
    EXPECT_EQ(host.error->code, Code::Interrupted);
    EXPECT_EQ(host.cut_off->run, "run-1");
    EXPECT_EQ(fleet[host.host].open_run, "run-1");
  }
  EXPECT_EQ(open, 1);
  EXPECT_EQ(exit_code(Plan{}, outcome), 6);
  EXPECT_THAT(outcome_text(Plan{}, outcome, false),
              HasSubstr("left: what run run-1 did, which was cut off and is still open"));
}

TEST(RecoverTogether, ASignalLeavesHalfDoneWhatWasSoBefore) {
  Fleet fleet("hosts: h1\nresources:\n  - {file: /srv/a, content: a}\n");
  fleet.settle();
  fleet["h1"].stuck = "/srv/a: read-only";
  EXPECT_EQ(exit_code(Plan{}, fleet.roll_back("run-1")), 6);
  const std::atomic<int> interrupts{1};
  RollbackOptions options{.only_open = true};
  options.interrupts = &interrupts;
  const Outcome outcome = fleet.roll_back(options);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::HalfDone);
  EXPECT_THAT(end_of(outcome, "h1").left, Contains(HasSubstr("run run-1 had left half-done")));
  EXPECT_EQ(exit_code(Plan{}, outcome), 6);
  EXPECT_FALSE(fleet["h1"].locked);
}

}  // namespace
}  // namespace holdfast
