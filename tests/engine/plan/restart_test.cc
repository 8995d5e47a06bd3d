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

TEST(Restart, IsStillDueAfterACrashBeforeIt) {
  Fleet fleet(service("one"));
  fleet.settle();
  fleet.manifest(service("two"));
  fleet["h1"].lose_after(1);
  fleet.apply();
  fleet["h1"].reconnect();
  EXPECT_EQ(fleet.state("h1").objects.at("systemd_unit app.service").started_with, "pending");
  const Plan plan = fleet.plan();
  EXPECT_TRUE(plan.rows[row_of(plan, "h1", "systemd_unit app.service")].change.restart_due);
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
