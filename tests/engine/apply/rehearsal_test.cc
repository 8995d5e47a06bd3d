#include "engine/apply/rehearsal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/report/exit_code.h"
#include "engine/report/rehearsal_text.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kFiles =
    "hosts: h1\nresources:\n  - {file: /srv/a, content: a}\n  - {file: /srv/b, content: b}\n"
    "  - {file: /srv/c, content: c}\n";

std::vector<std::string> faults(const HostRehearsal& host) {
  std::vector<std::string> out;
  for (const Error& fault : host.faults) out.push_back(fault.message);
  return out;
}

TEST(Rehearsal, AGoodPlanGoesThereAndBackAndChangesNothing) {
  Fleet fleet(kFiles);
  const std::string before = fleet.snapshot();
  const RehearsalReport report = fleet.rehearse();
  ASSERT_EQ(report.hosts.size(), 1U);
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.hosts[0].steps, 3);
  EXPECT_EQ(fleet["h1"].rehearsals, 1);
  EXPECT_EQ(fleet.snapshot(), before);
  EXPECT_FALSE(fleet["h1"].locked) << "the lock must be dropped";
  EXPECT_FALSE(fleet["h1"].knows("run-1"));
  EXPECT_EQ(rehearsal_exit(report), Exit::Done);
}

TEST(Rehearsal, APlanWithoutChangesAsksNothing) {
  Fleet fleet(kFiles);
  fleet.settle();
  EXPECT_THAT(fleet.rehearse().hosts, IsEmpty());
  EXPECT_EQ(fleet["h1"].rehearsals, 0);
}

TEST(Rehearsal, AWrongUndoIsNamedByItsResourceAndPath) {
  Fleet fleet(kFiles);
  fleet["h1"].after_rehearsal = [](FakeHost& copy, const std::vector<Block>& blocks) {
    for (const Block& block : blocks) {
      for (const Act& act : block.acts) {
        if (touched_path(act.step) == "/srv/b") copy.files["/srv/b"] = {.content = "b"};
      }
    }
  };
  const RehearsalReport report = fleet.rehearse();
  EXPECT_FALSE(report.sound());
  ASSERT_EQ(report.hosts[0].faults.size(), 1U);
  const Error& fault = report.hosts[0].faults[0];
  EXPECT_EQ(fault.code, Code::UndoWrong);
  EXPECT_THAT(fault.message,
              HasSubstr("h1 file /srv/b: the undo of 'write /srv/b' is wrong: after it "));
  EXPECT_THAT(fault.message, HasSubstr("is left behind"));
  EXPECT_EQ(fault.where.line, 4) << "where the manifest states it";
  EXPECT_FALSE(fleet["h1"].locked);
  EXPECT_EQ(rehearsal_exit(report), Exit::Refused);
}

TEST(Rehearsal, AStepThatFailsIsNamedAndWhatRestsOnItIsNot) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - directory: /srv/none\n  - {file: /srv/none/a, content: a}\n"
      "  - {file: /srv/b, content: b}\n");
  fleet["h1"].host.fail_at(1);
  const RehearsalReport report = fleet.rehearse();
  EXPECT_THAT(faults(report.hosts[0]),
              ElementsAre(HasSubstr("h1 directory /srv/none: 'make directory /srv/none' fails: ")));
  EXPECT_EQ(report.hosts[0].faults[0].code, Code::RehearsalFailed);
}

TEST(Rehearsal, WhatRestsOnARefusedResourceIsNotBegun) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - directory: /srv/none/deep\n  - {file: /srv/none/deep/a, content: "
      "a}\n  - {file: /srv/b, content: b}\n");
  const RehearsalReport report = fleet.rehearse();
  EXPECT_THAT(faults(report.hosts[0]), IsEmpty());
  ASSERT_EQ(report.hosts[0].left_out.size(), 1U);
  EXPECT_EQ(report.hosts[0].left_out[0].reason,
            "it rests on h1 directory /srv/none/deep, which is refused");
  EXPECT_EQ(report.hosts[0].steps, 1);
}

TEST(Rehearsal, WhatFailsAfterAGapIsNoMistake) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {command: unpack, argv: [unpack], creates: /srv/none}\n"
      "  - {file: /srv/none/a, content: a}\n");
  const RehearsalReport report = fleet.rehearse();
  EXPECT_TRUE(report.sound());
  std::vector<std::string> reasons;
  for (const Unrehearsed& one : report.hosts[0].left_out) reasons.push_back(one.reason);
  EXPECT_THAT(reasons, Contains(HasSubstr("; command unpack, which is not rehearsed, may bring "
                                          "what it needs")));
  EXPECT_EQ(report.hosts[0].steps, 0);
}

TEST(Rehearsal, AHostThatMakesNoCopySaysSo) {
  Fleet fleet(kFiles);
  fleet["h1"].no_copy = "it has no unshare";
  const RehearsalReport report = fleet.rehearse();
  ASSERT_TRUE(report.hosts[0].error);
  EXPECT_EQ(report.hosts[0].error->code, Code::CannotRehearse);
  EXPECT_THAT(report.hosts[0].error->message,
              HasSubstr("nothing can be rehearsed on h1: it has no unshare"));
  EXPECT_EQ(rehearsal_exit(report), Exit::Refused);
  EXPECT_FALSE(fleet["h1"].locked);
}

TEST(Rehearsal, AHostThatIsHeldIsNotRehearsedOn) {
  Fleet fleet(kFiles);
  RunMeta other;
  other.id = "theirs";
  fleet["h1"].held_by = meta_json(other);
  const RehearsalReport report = fleet.rehearse();
  EXPECT_EQ(report.hosts[0].error->code, Code::Locked);
  EXPECT_EQ(rehearsal_exit(report), Exit::Locked);
  EXPECT_EQ(fleet["h1"].rehearsals, 0);
}

TEST(Rehearsal, WhatMovedSinceThePlanIsRefused) {
  Fleet fleet(kFiles);
  const Plan plan = fleet.plan();
  fleet["h1"].host.files["/srv/a"] = {.content = "mine"};
  const RehearsalReport report = fleet.rehearse(plan);
  EXPECT_EQ(report.hosts[0].error->code, Code::ObjectMoved);
  EXPECT_EQ(rehearsal_exit(report), Exit::Refused);
  EXPECT_FALSE(fleet["h1"].locked);
}

TEST(Rehearsal, WithoutRootOrFlockItIsRefusedBeforeAnythingIsAsked) {
  Fleet fleet(kFiles);
  fleet["h1"].can_lock = false;
  const RehearsalReport report = fleet.rehearse();
  EXPECT_EQ(report.hosts[0].error->code, Code::ApplyCannotLock);
  EXPECT_EQ(fleet["h1"].rehearsals, 0);
}

TEST(Rehearsal, AnInterruptEndsIt) {
  Fleet fleet(kFiles);
  const std::atomic<int> interrupts = 1;
  const RehearsalReport report = fleet.rehearse(fleet.plan(), &interrupts);
  EXPECT_TRUE(report.interrupted);
  EXPECT_EQ(report.hosts[0].error->code, Code::Interrupted);
  EXPECT_EQ(rehearsal_exit(report), Exit::Interrupted);
}

TEST(Rehearsal, ManyHostsAreRehearsedSideBySide) {
  Fleet fleet("hosts: all\nresources:\n  - {file: /srv/a, content: a}\n");
  const RehearsalReport report = fleet.rehearse();
  EXPECT_EQ(report.hosts.size(), 3U);
  EXPECT_TRUE(report.sound());
}

TEST(RehearsalText, TellsWhatWasDoneAndWhatWasNot) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {file: /srv/a, content: a}\n"
      "  - {sysctl: kernel.panic, value: 5}\n  - {command: one, argv: [one], always: true}\n"
      "  - {command: two, argv: [two], always: true}\n");
  fleet["h1"].host.settings["kernel/panic"] = "0";
  const Plan plan = fleet.plan();
  RehearsalReport report = fleet.rehearse(plan);
  report.hosts[0].took = std::chrono::milliseconds(1234);
  report.hosts[0].notes = {"/boot (vfat) can only be read in it"};
  EXPECT_EQ(rehearsal_text(plan, report, false, false),
            "Rehearsal: 2 steps on h1 done and taken back in a copy, in 1.2 s; all was as before.\n"
            "  not rehearsed:\n"
            "    sysctl (1): it sets the running kernel\n"
            "    command (2): it may reach beyond files; `rehearse: true` says it does not\n"
            "  h1: /boot (vfat) can only be read in it\n");
  EXPECT_THAT(rehearsal_text(plan, report, true, false),
              HasSubstr("    command (2): it may reach beyond files; `rehearse: true` says it does "
                        "not\n      h1 command one\n      h1 command two\n"));
}

TEST(RehearsalText, AnEventHoldsAllOfIt) {
  Fleet fleet(kFiles);
  fleet["h1"].after_rehearsal = [](FakeHost& copy, const std::vector<Block>&) {
    copy.files["/srv/a"] = {.content = "a"};
  };
  const Plan plan = fleet.plan();
  const auto told = nlohmann::json::parse(rehearsal_event(plan, fleet.rehearse(plan)));
  EXPECT_EQ(told["event"], "rehearsal");
  EXPECT_EQ(told["sound"], false);
  EXPECT_EQ(told["hosts"][0]["host"], "h1");
  EXPECT_EQ(told["hosts"][0]["steps"], 3);
  EXPECT_EQ(told["hosts"][0]["faults"][0]["code"], "HF6022");
}

TEST(RehearsalText, NothingToRehearseIsNothingToSay) {
  Fleet fleet(kFiles);
  fleet.settle();
  const Plan plan = fleet.plan();
  EXPECT_EQ(rehearsal_text(plan, fleet.rehearse(plan), false, false), "");
}

}  // namespace
}  // namespace holdfast
