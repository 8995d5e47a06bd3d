#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PlanRows, SayWhatChangesAndWhy) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/new, content: x}
  - {file: /srv/old, content: x, mode: 0600}
  - {file: /srv/gone, ensure: absent}
  - {file: /srv/never, ensure: absent}
  - {file: /srv/same, content: x}
)");
  fleet["h1"].host.files["/srv/old"] = {.content = "y"};
  fleet["h1"].host.files["/srv/gone"] = {.content = "y"};
  fleet["h1"].host.files["/srv/same"] = {.content = "x"};
  EXPECT_THAT(
      told(fleet.plan()),
      ElementsAre("h1 create file /srv/new: does not exist",
                  "h1 update file /srv/old: content differs, mode 0644 -> 0600",
                  "h1 delete file /srv/gone: ensure: absent", "h1 keep file /srv/same (adopt)"));
}

TEST(PlanRows, BoundTheirProgramsByTheirTimeout) {
  Fleet fleet("hosts: h1\nresources:\n  - {command: x, argv: [x], always: true, timeout: 7s}\n");
  const Plan plan = fleet.plan();
  const Row& row = plan.rows[row_of(plan, "h1", "command x")];
  ASSERT_EQ(row.steps.size(), 1U);
  EXPECT_EQ(std::get<holdfast::Run>(row.steps[0].step).limit, std::chrono::seconds(7));
}

TEST(PlanRows, AreGoneOnceApplied) {
  Fleet fleet(R"(
hosts: web
resources:
  - {group: app}
  - {user: app, group: app}
  - {directory: /srv/app, owner: app, mode: 0750}
  - {file: /srv/app/a, content: x, owner: app}
  - {symlink: /srv/app/l, target: a}
  - {package: nginx}
  - systemd_unit: app.service
    content: "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
    enabled: true
    state: running
    restart_on: file /srv/app/a
)");
  fleet.settle();
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
  EXPECT_FALSE(fleet.plan().changes());
}

TEST(PlanRows, ChangeNothingOnAnyHost) {
  Fleet fleet("hosts: web\nresources:\n  - {file: /srv/a, content: x}\n");
  const std::string before = fleet.snapshot();
  fleet.plan();
  EXPECT_EQ(fleet.snapshot(), before);
  EXPECT_EQ(fleet["h1"].host.round_trips(), 1);
}

TEST(PlanRows, OfAnAuditAreNeverApplied) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: x, audit: true}
  - {file: /srv/b, content: x, requires: file /srv/a}
)");
  EXPECT_THAT(told(fleet.plan()), ElementsAre("h1 create file /srv/a: does not exist",
                                              "h1 create file /srv/b: does not exist"));
  fleet.settle();
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 0U);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/b"), 1U);
  EXPECT_EQ(fleet.state("h1").objects.count("file /srv/a"), 0U);
  EXPECT_THAT(told(fleet.plan()), ElementsAre("h1 create file /srv/a: does not exist"));
}

TEST(PlanRows, ThatNobodyCanKnowAreNotCarriedOut) {
  Fleet fleet(R"(
hosts: web
resources:
  - {file: /srv/a, content: "{{ facts.hostname }}"}
  - {file: /srv/b, content: x, requires: file /srv/a}
  - {file: /srv/c, content: x}
)");
  ValueMap facts;
  facts.set("hostname", "one");
  fleet.site().facts["h1"] = Value(facts);
  const Plan plan = fleet.plan();
  EXPECT_TRUE(plan.rows[row_of(plan, "h2", "file /srv/a")].unknown);
  EXPECT_EQ(plan.rows[row_of(plan, "h2", "file /srv/a")].steps.size(), 0U);
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::HeldBack);
  EXPECT_EQ(fleet["h2"].host.files.count("/srv/a"), 0U);
  EXPECT_EQ(fleet["h2"].host.files.count("/srv/b"), 0U) << "it rests on the unknown";
  EXPECT_EQ(fleet["h2"].host.files.count("/srv/c"), 1U);
}

TEST(PlanRows, OfAHostThatIsGoneAreUnknown) {
  Fleet fleet("hosts: web\nresources:\n  - {file: /srv/a, content: x}\n");
  fleet["h2"].state = R"({"format": 1, "machine": "another", "objects": {}})";
  const Plan plan = fleet.plan();
  EXPECT_EQ(plan.host("h2")->unreachable->code, Code::ForeignState);
  EXPECT_THAT(told(plan), ElementsAre("h1 create file /srv/a: does not exist",
                                      "h2 keep file /srv/a (unknown: h2 is unreachable)"));
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Unreachable);
}

TEST(PlanRows, ThatAreProtectedAreNotDestroyed) {
  Fleet fleet("hosts: h1\nresources:\n  - {file: /srv/a, ensure: absent, protect: true}\n");
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
  fleet["h1"].host.files["/srv/a"] = {.content = "y"};
  const Plan plan = fleet.plan();
  EXPECT_EQ(plan.rows[0].refused->code, Code::Protected);
  fleet.apply(plan);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 1U);
}

}  // namespace
}  // namespace holdfast
