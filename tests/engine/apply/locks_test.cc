// Who gets the hosts when several runs want them.
#include "engine/apply/locks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kBoth = "hosts: web\nresources:\n  - {file: /srv/a, content: a}\n";

TEST(ApplyLocks, SayWhoHoldsAHost) {
  EXPECT_EQ(held("h1", somebody()).message,
            "h1 is held by run theirs of eve from laptop, since 2031-01-01T00:00:00Z");
  RunMeta sealing = *parse_meta(somebody());
  sealing.id.clear();
  sealing.command = "seal";
  EXPECT_EQ(held("h1", meta_json(sealing)).message,
            "h1 is held by `holdfast seal` of eve from laptop, since 2031-01-01T00:00:00Z");
  EXPECT_EQ(
      held("h1", "12 sleep\n7 my daemon\n").message,
      "h1 is held by sleep (process 12), my daemon (process 7), left behind by a run that is over");
  EXPECT_EQ(held("h1", "").message, "h1 is held by a program, left behind by a run that is over");
}

TEST(ApplyLocks, WhoeverTakesOneSaysWhoItIs) {
  Fleet fleet("hosts: h1\nresources:\n  - {file: /srv/a, content: a}\n");
  const Plan plan = fleet.plan();
  ApplyOptions options;
  options.meta.user = "ann";
  fleet.apply(plan, options);
  EXPECT_EQ(fleet["h1"].holder.id, "run-1");
  EXPECT_EQ(fleet["h1"].holder.user, "ann");
}

TEST(ApplyLocks, AHostThatGetsFreeInAMomentIsNoObstacle) {
  Fleet fleet(kBoth);
  fleet["h2"].held_by = somebody();
  int tries = 0;
  fleet["h2"].before_begin = [&] {
    if (++tries == 3) fleet["h2"].held_by.clear();
  };
  for (const HostOutcome& host : fleet.apply().hosts) EXPECT_EQ(host.end, HostEnd::Applied);
}

TEST(ApplyLocks, OneThatIsHeldIsKeptWhileOthersAreTaken) {
  Fleet fleet(kTwoFiles);
  fleet["h2"].before_begin = [] { std::this_thread::sleep_for(std::chrono::milliseconds(350)); };
  ApplyOptions options;
  options.lease = std::chrono::seconds(1);
  fleet.apply(fleet.plan(), options);
  EXPECT_GT(fleet["h1"].kept_lock, 0) << "else the host would have given it up";
}

TEST(ApplyLocks, WaitsAsLongAsItMayAndSaysForWhom) {
  Fleet fleet(kBoth);
  fleet["h2"].held_by = somebody();
  const Plan plan = fleet.plan();
  const Deadline free = Clock::now() + std::chrono::milliseconds(1500);
  bool held_meanwhile = false;
  fleet["h2"].before_begin = [&] {
    if (Clock::now() > free) fleet["h2"].held_by.clear();
    if (Clock::now() > free - std::chrono::milliseconds(300)) {
      held_meanwhile = held_meanwhile || (fleet["h1"].locked && !fleet["h2"].held_by.empty());
    }
  };
  ApplyOptions options;
  options.lock_timeout = std::chrono::seconds(20);
  for (const HostOutcome& host : fleet.apply(plan, options).hosts) {
    EXPECT_EQ(host.end, HostEnd::Applied);
  }
  EXPECT_FALSE(held_meanwhile) << "who waits holds nothing";
  EXPECT_THAT(fleet.diary().lines(),
              Contains(HasSubstr("h2 notes waiting: h2 is held by run theirs of eve from laptop, "
                                 "since 2031-01-01T00:00:00Z")));
}

TEST(ApplyLocks, TheSecondTryIsInOneOrderWhateverTheOrderOfTheNames) {
  Fleet fleet(kBoth);
  fleet["h1"].machine = "bbb";
  fleet["h2"].machine = "aaa";
  std::vector<std::string> begun;
  for (const char* name : {"h1", "h2"}) {
    fleet[name].before_begin = [&begun, name] { begun.emplace_back(name); };
  }
  const Plan plan = fleet.plan();
  fleet["h1"].held_by = somebody();
  ApplyOptions options;
  options.parallel = 1;
  const Outcome outcome = fleet.apply(plan, options);
  EXPECT_EQ(outcome.hosts.at(0).end, HostEnd::Locked);
  ASSERT_GE(begun.size(), 4U);
  EXPECT_EQ(begun[2], "h2") << "the lower machine id comes first";
  EXPECT_EQ(begun[3], "h1");
  EXPECT_FALSE(fleet["h2"].locked);
}

}  // namespace
}  // namespace holdfast
