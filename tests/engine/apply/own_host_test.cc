#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kUnit = "runner.service";
constexpr const char* kRow = "systemd_unit runner.service";

/// h1 is the machine that the run works on itself, as a job of runner.service.
void stand_on_h1(Fleet& fleet) {
  fleet["h1"].own = ProcessId{"17", "4711"};
  fleet["h1"].footing = {.unit = kUnit,
                         .job = {{"17", "4711"}},
                         .units = {kUnit, "base.service", "system.slice"},
                         .accounts = {"runner"},
                         .network = {"networking.service"}};
}

/// Where each stands in the diary; fails the test where one is missing.
std::vector<std::size_t> places(const std::vector<std::string>& lines,
                                const std::vector<std::string>& wanted) {
  std::vector<std::size_t> out;
  for (const std::string& line : wanted) {
    const auto found = std::find(lines.begin(), lines.end(), line);
    EXPECT_NE(found, lines.end()) << line << " in\n" << testing::PrintToString(lines);
    out.push_back(static_cast<std::size_t>(found - lines.begin()));
  }
  return out;
}

void expect_order(Fleet& fleet, const std::vector<std::string>& wanted) {
  const auto found = places(fleet.diary().lines(), wanted);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()))
      << testing::PrintToString(fleet.diary().lines());
}

constexpr const char* kOnAll = R"(
hosts: h1,h2,h3
resources:
  - {file: /srv/a, content: a}
)";

TEST(OwnHost, ComesAfterAllOthersHaveEnded) {
  Fleet fleet(kOnAll);
  stand_on_h1(fleet);
  const Outcome outcome = fleet.apply();
  expect_order(fleet, {"h2 ends", "h1 write /srv/a", "h1 ends"});
  expect_order(fleet, {"h3 ends", "h1 write /srv/a"});
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
}

TEST(OwnHost, WaitsForNobodyWhoTakesNoPart) {
  Fleet fleet(kOnAll);
  stand_on_h1(fleet);
  fleet["h2"].held_by = "";
  fleet["h2"].pause = Pause{"2031-01-01T00:00:00Z", "ann", "a release"};
  fleet["h3"].host.files["/srv/a"] = {.content = "a"};
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Refused);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
}

TEST(OwnHost, IsDoneAlsoWhereAnotherFailed) {
  Fleet fleet(kOnAll);
  stand_on_h1(fleet);
  fleet["h2"].fail_after(0);
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
}

TEST(OwnHost, WhereAllGoBackTogetherItComesLastAndTheyWaitForIt) {
  Fleet fleet(kOnAll);
  stand_on_h1(fleet);
  fleet["h1"].fail_after(0);
  const Outcome outcome = fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::RollbackAll});
  expect_order(fleet, {"h2 write /srv/a", "h1 write /srv/a", "h2 ends"});
  for (const char* host : {"h1", "h2", "h3"}) {
    EXPECT_EQ(end_of(outcome, host).end, HostEnd::RolledBack) << host;
  }
}

TEST(OwnHost, DoesBeforehandWhatAnotherRestsOn) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/base, content: a}
  - {file: /srv/other, content: a}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/top, content: a, requires: [{on: h1, resource: file /srv/base}]}
)");
  stand_on_h1(fleet);
  const Plan plan = fleet.plan();
  EXPECT_TRUE(plan.rows[row_of(plan, "h1", "file /srv/base")].early);
  EXPECT_FALSE(plan.rows[row_of(plan, "h1", "file /srv/other")].early);
  const Outcome outcome = fleet.apply(plan, {.parallel = 1});
  expect_order(fleet,
               {"h1 write /srv/base", "h2 write /srv/top", "h2 ends", "h1 write /srv/other"});
  EXPECT_EQ(end_of(outcome, "h1").changed, 2);
}

TEST(JumpHost, ComesAfterThoseBehindIt) {
  Fleet fleet(kOnAll);
  fleet.ways = {{"h2", {"h1"}}, {"h3", {"h1", "h2"}}};
  fleet.apply();
  expect_order(fleet, {"h3 ends", "h2 write /srv/a", "h2 ends", "h1 write /srv/a"});
}

TEST(JumpHost, OnTheWayToTheRunsOwnHostComesAfterThat) {
  Fleet fleet(kOnAll);
  stand_on_h1(fleet);
  fleet.ways = {{"h1", {"h2"}}};
  fleet.apply();
  expect_order(fleet, {"h3 ends", "h1 write /srv/a", "h1 ends", "h2 write /srv/a"});
}

TEST(JumpHost, ThatGoesInACircleStopsNobody) {
  Fleet fleet(kOnAll);
  fleet.ways = {{"h1", {"h2", "h1"}}, {"h2", {"h1"}}};
  fleet.settle();
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

std::string service(const std::string& setting, const std::string& more = {}) {
  return "hosts: h1\nresources:\n  - {file: /srv/app.conf, content: " + setting + "}\n" + R"(
  - systemd_unit: runner.service
    content: "[Service]\nExecStart=/bin/true\n"
    state: running
    restart_on: file /srv/app.conf
)" + more;
}

/// A fleet whose service runs with "one" and should with "two", with the run as one of its jobs.
class OwnRestart : public testing::Test {
 protected:
  OwnRestart() {
    fleet.settle();
    stand_on_h1(fleet);
    fleet.manifest(service("two"));
  }
  int starts() { return fleet["h1"].host.units.at(kUnit).starts; }
  const Row& row(const Plan& plan) { return plan.rows[row_of(plan, "h1", kRow)]; }

  Fleet fleet{service("one")};
};

TEST_F(OwnRestart, OfTheRunsOwnServiceIsLeftForLater) {
  const Plan plan = fleet.plan();
  EXPECT_THAT(row(plan).steps, IsEmpty());
  ASSERT_EQ(row(plan).later.size(), 2U);
  EXPECT_EQ(describe(row(plan).later[0].step), "restart runner.service");
  const int before = starts();
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
  EXPECT_EQ(end_of(outcome, "h1").changed, 2);
  EXPECT_THAT(end_of(outcome, "h1").later,
              ElementsAre("restart runner.service", HasSubstr("still active")));
  EXPECT_THAT(fleet.diary().lines(), Not(Contains(HasSubstr("restart"))));
  EXPECT_EQ(starts(), before);
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/app.conf").content, "two");
  ASSERT_EQ(fleet["h1"].left.size(), 1U);
  EXPECT_TRUE(fleet["h1"].left.begin()->second.take_back);
}

TEST_F(OwnRestart, IsWaitedForAndNotDoneTwice) {
  fleet.apply();
  const Plan waiting = fleet.plan();
  EXPECT_THAT(told(waiting), IsEmpty());
  EXPECT_EQ(row(waiting).left_by, "run-2");
  const int before = starts();
  fleet["h1"].end_job("run-2");
  EXPECT_EQ(starts(), before + 1);
  const Plan after = fleet.plan();
  EXPECT_THAT(told(after), IsEmpty());
  EXPECT_EQ(row(after).left_by, "");
  fleet.manifest(service("three"));
  EXPECT_THAT(told(fleet.plan()), Contains(HasSubstr("restart, because")));
}

TEST_F(OwnRestart, IsStillDueWhereNobodyWaitsForItAnyMore) {
  fleet.apply();
  fleet["h1"].waiting.clear();
  EXPECT_THAT(told(fleet.plan()),
              ElementsAre("h1 update systemd_unit runner.service: restart is still due from an "
                          "earlier run"));
  fleet["h1"].own.reset();
  const int before = starts();
  fleet.settle();
  EXPECT_EQ(starts(), before + 1) << "from elsewhere it is an ordinary restart";
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST_F(OwnRestart, ByWhomeverItWasIsTheOne) {
  fleet.apply();
  fleet["h1"].waiting.clear();
  ++fleet["h1"].host.units.at(kUnit).starts;  // a boot
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST_F(OwnRestart, IsNotDoneForARunThatWasTakenBack) {
  fleet["h1"].shut_by_change = true;
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h1").later, IsEmpty());
  const int before = starts();
  fleet["h1"].end_job("run-2");
  EXPECT_EQ(starts(), before);
  fleet.manifest(service("one"));
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST_F(OwnRestart, ThatCantBeLeftFailsTheRun) {
  fleet["h1"].refuses_later = true;
  const std::string before = fleet["h1"].host.snapshot();
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(fleet["h1"].host.snapshot(), before);
}

TEST_F(OwnRestart, IsDueWhereThePolicyStopsTheRunBeforeIt) {
  fleet.manifest(service("two",
                         "  - {command: fails, argv: [nothing], always: true, "
                         "requires: systemd_unit runner.service}\n"));
  fleet["h1"].fail_after(1);
  const Outcome outcome = fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::Stop});
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Stopped);
  EXPECT_THAT(fleet["h1"].left, IsEmpty());
  fleet.manifest(service("two"));
  EXPECT_THAT(told(fleet.plan()), Contains(HasSubstr("restart is still due")));
}

TEST_F(OwnRestart, OfWhatChangedAgainIsTheLaterRuns) {
  fleet.apply();
  fleet.manifest(service("three"));
  fleet.apply();
  EXPECT_THAT(fleet["h1"].taken_over, ElementsAre("run-2"));
  const int before = starts();
  fleet["h1"].end_job("run-2");
  fleet["h1"].end_job("run-3");
  EXPECT_EQ(starts(), before + 1);
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST_F(OwnRestart, LeavesChecksThatRestOnItUnasked) {
  fleet.manifest(service("two",
                         "  - {check: it runs, unit: {name: runner.service}}\n"
                         "  - {check: ssh listens, tcp: {port: 22}}\n"));
  std::vector<std::string> asked;
  fleet["h1"].answer = [&](const Probe& probe) {
    asked.push_back(describe(Step(probe)));
    return Result<void>();
  };
  const Plan plan = fleet.plan();
  EXPECT_TRUE(plan.rows[row_of(plan, "h1", "check it runs")].unasked);
  EXPECT_EQ(end_of(fleet.apply(plan), "h1").end, HostEnd::Applied);
  EXPECT_THAT(asked, ElementsAre("connect to 127.0.0.1:22"));
}

TEST_F(OwnRestart, OfAnotherServiceIsDoneInTheRun) {
  fleet["h1"].footing.units = {"other.service"};
  const int before = starts();
  fleet.settle();
  EXPECT_EQ(starts(), before + 1);
}

struct Refused {
  const char* name;
  const char* resource;
  const char* said;
};

class EndsItself : public testing::TestWithParam<Refused> {};

TEST_P(EndsItself, IsRefused) {
  Fleet fleet(service("one", "  - {user: runner}\n  - {user: other}\n"));
  fleet.settle();
  stand_on_h1(fleet);
  fleet.manifest(std::string("hosts: h1\nresources:\n") + GetParam().resource);
  const Plan plan = fleet.plan();
  ASSERT_TRUE(plan.rows[0].refused);
  EXPECT_EQ(plan.rows[0].refused->code, Code::EndsItself);
  EXPECT_THAT(plan.rows[0].refused->message, HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Table, EndsItself,
    testing::Values(Refused{"Removal", "  - {systemd_unit: runner.service, ensure: absent}\n",
                            "this run works in runner.service"},
                    Refused{"Stop", "  - {systemd_unit: runner.service, state: stopped}\n",
                            "this run works in runner.service"},
                    Refused{"Command",
                            "  - {command: again, argv: [/bin/systemctl, --no-block, restart, "
                            "runner], always: true}\n",
                            "this run works in runner.service"},
                    Refused{"WayBack",
                            "  - {command: move, argv: [/bin/true], always: true, undo: "
                            "[/bin/systemctl, restart, runner]}\n",
                            "runner.service, which its undo would stop"},
                    Refused{"Account", "  - {user: runner, ensure: absent}\n",
                            "this run works as runner there"}),
    [](const auto& p) { return p.param.name; });

TEST(OwnHost, LosingTheNetworkIsCalledOut) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {systemd_unit: networking.service, content: "[Service]\nExecStart=/bin/true\n", state: running}
)");
  fleet.settle();
  stand_on_h1(fleet);
  fleet.manifest("hosts: h1\nresources:\n  - {systemd_unit: networking.service, state: stopped}\n");
  const Plan plan = fleet.plan();
  EXPECT_FALSE(plan.rows[0].refused);
  EXPECT_THAT(plan.rows[0].effects.brings, Contains(HasSubstr("takes down the network")));
}

TEST(OwnHost, AnotherHostsServiceOfThatNameIsNobodysConcern) {
  Fleet fleet(service("one"));
  fleet.settle();
  stand_on_h1(fleet);
  fleet["h1"].own.reset();
  fleet.manifest(service("two"));
  const Plan plan = fleet.plan();
  EXPECT_THAT(plan.rows[row_of(plan, "h1", kRow)].later, IsEmpty());
}

TEST_F(OwnRestart, IsNotTakenBackFromWithinTheService) {
  fleet.apply();
  EXPECT_EQ(end_of(fleet.roll_back("run-2"), "h1").end, HostEnd::RolledBack)
      << "nobody has done it yet";
  fleet.apply();
  fleet["h1"].end_job("run-4");
  const Outcome refused = fleet.roll_back("run-4");
  EXPECT_EQ(end_of(refused, "h1").end, HostEnd::Refused);
  EXPECT_EQ(end_of(refused, "h1").error->code, Code::EndsItself);
  fleet["h1"].own.reset();
  EXPECT_EQ(end_of(fleet.roll_back("run-4"), "h1").end, HostEnd::RolledBack);
}

}  // namespace
}  // namespace holdfast
