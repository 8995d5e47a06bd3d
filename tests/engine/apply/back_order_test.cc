#include "engine/apply/back_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Hosts = std::vector<std::string>;

/// h2's app rests on h1's rule, and h3's proxy on h2's app.
std::string three_hosts(const std::string& rule, const std::string& app, const std::string& proxy) {
  return "hosts: h1\nresources:\n  - {file: /srv/rule, content: " + rule + R"(}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/app, requires: [{on: h1, resource: file /srv/rule}], content: )" +
         app + R"(}
---
manifest: of-h3
hosts: h3
resources:
  - {file: /srv/proxy, requires: [{on: h2, resource: file /srv/app}], content: )" +
         proxy + "}\n";
}

/// Each needs what the other did before.
constexpr const char* kCircle = R"(
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
)";

/// h1 is the way to h2, and rests on it; h3 rests on h1.
constexpr const char* kAgainstTheWay = R"(
hosts: h1
resources:
  - {file: /srv/app, content: a, requires: [{on: h2, resource: file /srv/base}]}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/base, content: a}
---
manifest: of-h3
hosts: h3
resources:
  - {file: /srv/proxy, content: a, requires: [{on: h1, resource: file /srv/app}]}
)";

/// Sees in which order hosts are taken back. Those that are to come first take longest, so that
/// one which doesn't wait for them is ahead of them.
class BackOrder : public testing::Test {
 protected:
  void expect_order(const Hosts& wanted) {
    wanted_ = wanted;
    std::chrono::milliseconds pause{0};
    for (auto host = wanted.rbegin(); host != wanted.rend(); ++host) {
      fleet[*host].before_undo = [this, name = *host, pause]() -> Result<void> {
        std::this_thread::sleep_for(pause);
        const std::lock_guard lock(mutex_);
        order_.push_back(name);
        if (name == lost) return fail(Code::ConnectionLost, "the connection is gone");
        return {};
      };
      pause += std::chrono::milliseconds(50);
    }
  }
  void TearDown() override { EXPECT_EQ(order_, wanted_); }
  void expect_ends(const Outcome& outcome, HostEnd h1, HostEnd h2, HostEnd h3) {
    EXPECT_EQ(end_of(outcome, "h1").end, h1);
    EXPECT_EQ(end_of(outcome, "h2").end, h2);
    EXPECT_EQ(end_of(outcome, "h3").end, h3);
  }

  Fleet fleet{three_hosts("a", "a", "a")};
  std::string lost{};  ///< A host that is gone when it is taken back.

 private:
  std::mutex mutex_;
  Hosts wanted_, order_;
};

/// An apply that takes all hosts back together.
class AllBack : public BackOrder {
 protected:
  Outcome apply() { return fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::RollbackAll}); }
};

TEST_F(AllBack, GoesTheGraphsWayInReverse) {
  const std::string before = fleet.snapshot();
  fleet["h3"].fail_after(0);
  expect_order({"h3", "h2", "h1"});
  expect_ends(apply(), HostEnd::RolledBack, HostEnd::RolledBack, HostEnd::RolledBack);
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST_F(AllBack, GoesOnWhereAnUndoFails) {
  fleet["h3"].fail_after(0);
  fleet["h2"].stuck = "/srv/app: read-only file system";
  expect_order({"h3", "h2", "h1"});
  expect_ends(apply(), HostEnd::RolledBack, HostEnd::HalfDone, HostEnd::RolledBack);
}

TEST_F(AllBack, GoesOnWhereAHostIsGone) {
  fleet["h3"].fail_after(0);
  fleet["h2"].watched = false;
  lost = "h2";
  expect_order({"h3", "h2", "h1"});
  expect_ends(apply(), HostEnd::RolledBack, HostEnd::HalfDone, HostEnd::RolledBack);
}

TEST_F(AllBack, WaitsForNobodyWhoDidNothing) {
  fleet.manifest(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - {file: /srv/b, content: b}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/c, content: c, requires: [{on: h1, resource: file /srv/b}]}
)");
  fleet["h1"].fail_after(1);
  fleet["h2"].before_undo = [&] {
    EXPECT_TRUE(fleet.diary().wait_for("h1 ends"));
    return Result<void>();
  };
  EXPECT_EQ(end_of(apply(), "h1").end, HostEnd::RolledBack);
}

TEST_F(AllBack, IsNotMisledByWhatWasNeverBegun) {
  fleet.manifest(kCircle);
  fleet["h2"].fail_after(0);
  expect_order({"h2", "h1"});
  EXPECT_EQ(end_of(apply(), "h1").end, HostEnd::RolledBack);
}

TEST_F(AllBack, ComesToAnEndWhereHostsRestOnEachOther) {
  fleet.manifest(kCircle);
  const std::string before = fleet.snapshot();
  fleet["h2"].fail_after(1);
  const Outcome outcome = apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::RolledBack);
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST_F(AllBack, LeavesTheWayToAHostForLast) {
  fleet.manifest(kAgainstTheWay);
  fleet.ways = {{"h2", {"h1"}}};
  fleet["h3"].fail_after(0);
  expect_order({"h3", "h2", "h1"});
  expect_ends(apply(), HostEnd::RolledBack, HostEnd::RolledBack, HostEnd::RolledBack);
}

TEST_F(AllBack, GoesThatWayAlsoWhereNobodyConfirmed) {
  expect_order({"h3", "h2", "h1"});
  const Outcome outcome = fleet.apply(fleet.plan(), {.ask_keep = [] { return false; }});
  expect_ends(outcome, HostEnd::RolledBack, HostEnd::RolledBack, HostEnd::RolledBack);
}

/// A rollback of a run that has ended, or was cut off.
class OrderOfRollback : public BackOrder {
 protected:
  Hosts before(const std::string& host, const std::string& run) {
    const auto meta = parse_meta(fleet[host].meta_of(run));
    return meta ? meta->after : Hosts{"no record"};
  }
};

TEST_F(OrderOfRollback, IsTheGraphsInReverse) {
  const std::string empty = fleet.snapshot();
  fleet.settle();
  EXPECT_THAT(before("h1", "run-1"), IsEmpty());
  EXPECT_THAT(before("h2", "run-1"), ElementsAre("h1"));
  EXPECT_THAT(before("h3", "run-1"), ElementsAre("h1", "h2"));
  expect_order({"h3", "h2", "h1"});
  expect_ends(fleet.roll_back("run-1"), HostEnd::RolledBack, HostEnd::RolledBack,
              HostEnd::RolledBack);
  EXPECT_EQ(fleet.snapshot(), empty);
}

TEST_F(OrderOfRollback, GoesOnWhereAnUndoFails) {
  fleet.settle();
  fleet["h2"].stuck = "/srv/app: read-only file system";
  expect_order({"h3", "h2", "h1"});
  expect_ends(fleet.roll_back("run-1"), HostEnd::RolledBack, HostEnd::HalfDone,
              HostEnd::RolledBack);
}

TEST_F(OrderOfRollback, GoesOnWhereAHostIsGone) {
  fleet.settle();
  fleet["h2"].watched = false;
  lost = "h2";
  expect_order({"h3", "h2", "h1"});
  expect_ends(fleet.roll_back("run-1"), HostEnd::RolledBack, HostEnd::HalfDone,
              HostEnd::RolledBack);
}

TEST_F(OrderOfRollback, HoldsAlsoForWhatWasCutOff) {
  fleet.manifest(R"(
hosts: h1
resources:
  - {file: /srv/rule, content: a}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/app, content: a, requires: [{on: h1, resource: file /srv/rule}]}
  - {check: it answers, tcp: {port: 80}, requires: file /srv/app}
  - {file: /srv/more, content: a, requires: check it answers}
---
manifest: of-h3
hosts: h3
resources:
  - {file: /srv/proxy, content: a, requires: [{on: h2, resource: file /srv/app}]}
)");
  for (const char* host : {"h2", "h3"}) fleet[host].watched = false;
  fleet["h3"].lose_after(0);
  fleet["h2"].lose_after(1);
  fleet["h2"].before_act = [&](const std::string& what) {
    if (what == "write /srv/more") {
      EXPECT_TRUE(fleet.diary().wait_for("h3 ends"));
    }
  };
  expect_ends(fleet.apply(), HostEnd::Applied, HostEnd::HalfDone, HostEnd::HalfDone);
  for (const char* host : {"h2", "h3"}) fleet[host].reconnect();
  expect_order({"h3", "h2"});
  const Outcome outcome = fleet.roll_back(RollbackOptions{.only_open = true});
  ASSERT_EQ(outcome.hosts.size(), 2U) << "h1 has ended";
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::RolledBack);
}

TEST_F(OrderOfRollback, IsKnownOfHostsThatRestOnOneThatIsSilent) {
  fleet.settle();
  expect_order({"h3", "h1"});
  fleet.roll_back(RollbackOptions{.run = "run-1"}, {{"h1", &fleet["h1"]}, {"h3", &fleet["h3"]}});
}

TEST_F(OrderOfRollback, IsKnownOfHostsThatHaveOtherNamesNow) {
  fleet.settle();
  expect_order({"h3", "h2", "h1"});
  fleet.roll_back(RollbackOptions{.run = "run-1"},
                  {{"a", &fleet["h1"]}, {"b", &fleet["h2"]}, {"c", &fleet["h3"]}});
}

TEST_F(OrderOfRollback, LeavesTheWayToAHostForLast) {
  fleet.manifest(kAgainstTheWay);
  fleet.ways = {{"h2", {"h1"}}};
  fleet.settle();
  expect_order({"h3", "h2", "h1"});
  fleet.roll_back("run-1");
}

TEST_F(OrderOfRollback, RestsOnChangesOnlyAlsoByWayOfWhatDoesNotChange) {
  fleet.settle();
  fleet.manifest(three_hosts("b", "a", "b"));
  fleet.settle();
  EXPECT_THAT(before("h3", "run-2"), ElementsAre("h1"));
  expect_order({"h3", "h1"});
  fleet.roll_back("run-2");
}

TEST_F(OrderOfRollback, IsNotMisledByWhatWasNeverBegun) {
  fleet.manifest(kCircle);
  fleet["h2"].fail_after(0);
  fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::Stop});
  EXPECT_THAT(before("h1", "run-1"), IsEmpty());
  expect_order({"h2", "h1"});
  fleet.roll_back("run-1");
}

TEST_F(OrderOfRollback, OfRecordsThatDontTellIsNone) {
  fleet.settle();
  for (const char* host : {"h1", "h2", "h3"}) {
    auto meta = parse_meta(fleet[host].meta_of("run-1"));
    ASSERT_TRUE(meta);
    meta->after.clear();
    ASSERT_TRUE(fleet[host].annotate(*meta, {}, {}));
  }
  expect_ends(fleet.roll_back("run-1"), HostEnd::RolledBack, HostEnd::RolledBack,
              HostEnd::RolledBack);
}

}  // namespace
}  // namespace holdfast
