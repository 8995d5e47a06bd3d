#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string service(const std::string& setting) {
  return "hosts: h1\nresources:\n  - {file: /srv/app.conf, content: " + setting + "}\n" + R"(
  - systemd_unit: app.service
    content: "[Service]\nExecStart=/bin/true\n"
    state: running
    restart_on: file /srv/app.conf
)";
}

constexpr const char* kDue =
    "h1 update systemd_unit app.service: restart is still due from an earlier run";

TEST(Restart, FollowsWhatItNames) {
  Fleet fleet(service("one"));
  fleet.settle();
  fleet.manifest(service("two"));
  EXPECT_THAT(
      told(fleet.plan()),
      ElementsAre(
          "h1 update file /srv/app.conf: content differs",
          "h1 update systemd_unit app.service: restart, because file /srv/app.conf changes"));
  fleet.settle();
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST(Restart, IsStillDueAfterAStopBeforeIt) {
  Fleet fleet(service("one"));
  fleet.settle();
  fleet.manifest(service("two"));
  fleet["h1"].fail_after(1);
  const Outcome outcome = fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::Stop});
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Stopped);
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/app.conf").content, "two");
  EXPECT_THAT(told(fleet.plan()), ElementsAre(kDue));
  fleet.settle();
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST(Restart, IsStillDueOfAUnitThatWasNeverRecorded) {
  Fleet fleet(service("one"));
  fleet.settle();
  fleet["h1"].state.reset();
  fleet.manifest(service("two"));
  fleet["h1"].fail_after(1);
  const Outcome outcome = fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::Stop});
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Stopped);
  EXPECT_THAT(told(fleet.plan()), ElementsAre(kDue));
  EXPECT_FALSE(fleet.state("h1").objects.at("systemd_unit app.service").created);
  fleet.settle();
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST(Restart, IsStillDueAfterACrashBeforeIt) {
  Fleet fleet(service("one"));
  fleet.settle();
  fleet.manifest(service("two"));
  fleet["h1"].watched = false;
  fleet["h1"].lose_after(1);
  fleet.apply();
  fleet["h1"].reconnect();
  EXPECT_EQ(fleet.state("h1").objects.at("systemd_unit app.service").started_with, "pending");
  const Plan plan = fleet.plan();
  EXPECT_TRUE(plan.rows[row_of(plan, "h1", "systemd_unit app.service")].change.restart_due);
}

TEST(Restart, ThatIsDueMakesNoRecordOfAnotherMachine) {
  Fleet fleet(service("one"));
  fleet.settle();
  fleet["h1"].state.reset();
  fleet.manifest(service("two"));
  fleet["h1"].watched = false;
  fleet["h1"].lose_after(1);
  fleet.apply();
  EXPECT_EQ(fleet.state("h1").machine, fleet["h1"].machine);
}

TEST(Restart, FollowsWhatItAlsoRequires) {
  const std::string more = "    requires: file /srv/app.conf\n";
  Fleet fleet(service("one") + more);
  fleet.settle();
  fleet.manifest(service("two") + more);
  EXPECT_THAT(told(fleet.plan()), testing::Contains(testing::HasSubstr("restart, because")));
}

/// A service on h1 that starts with what is on h2, beside what is on h1.
std::string across(const std::string& setting) {
  return "hosts: h1,h2\nresources:\n  - {file: /srv/app.conf, content: " + setting + "}\n" + R"(
  - systemd_unit: app.service
    content: "[Service]\nExecStart=/bin/true\n"
    state: running
    when: inventory_hostname == 'h1'
    restart_on: [{on: h2, resource: file /srv/app.conf}, file /srv/app.conf]
)";
}

TEST(Restart, IsTheSameWithAndWithoutTheOtherHost) {
  Fleet fleet(across("one"));
  fleet.settle();
  EXPECT_THAT(told(fleet.plan_within("h1", "h2")), IsEmpty());
  EXPECT_THAT(told(fleet.plan_within("h2", "h1")), IsEmpty());
  fleet.manifest(across("two"));
  fleet.apply(fleet.plan_within("h2", "h1"));
  EXPECT_THAT(told(fleet.plan_within("h1", "h2")),
              ElementsAre("h1 update file /srv/app.conf: content differs",
                          "h1 update systemd_unit app.service: restart, because file "
                          "/srv/app.conf changes"));
  fleet.apply(fleet.plan_within("h1", "h2"));
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST(Restart, OnWhatIsNotAsItShouldBeElsewhereIsRefused) {
  Fleet fleet(across("one"));
  fleet.settle();
  fleet.manifest(across("two"));
  const Plan plan = fleet.plan_within("h1", "h2");
  const Row& service = plan.rows[row_of(plan, "h1", "systemd_unit app.service")];
  ASSERT_TRUE(service.refused);
  EXPECT_EQ(service.refused->message,
            "h1 systemd_unit app.service restart_on h2 file /srv/app.conf, which --limit leaves "
            "out and which is not as it should be");
  EXPECT_FALSE(plan.rows[row_of(plan, "h1", "file /srv/app.conf")].refused);
}

TEST(Restart, IsNotJudgedWhereNobodyLooks) {
  Fleet fleet(across("one"));
  fleet.settle();
  const Plan look = fleet.look_at("h1");
  EXPECT_THAT(told(look), IsEmpty()) << "on behalf of another host, what it names isn't looked at";
}

TEST(Restart, IsNotDueOnceTheRunIsTakenBack) {
  Fleet fleet(service("one"));
  fleet.settle();
  fleet.manifest(service("two"));
  fleet["h1"].fail_after(1);
  EXPECT_EQ(end_of(fleet.apply(), "h1").end, HostEnd::RolledBack);
  fleet.manifest(service("one"));
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

}  // namespace
}  // namespace holdfast
