#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/report/exit_code.h"
#include "engine/report/plan_text.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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

struct SpoiltRecord {
  const char* name;
  const char* text;
  Code code;
};

class PlanOfASpoiltRecord : public testing::TestWithParam<SpoiltRecord> {};

TEST_P(PlanOfASpoiltRecord, RefusesThatHostAlone) {
  Fleet fleet("hosts: web\nresources:\n  - {file: /srv/a, content: x}\n");
  fleet["h2"].state = GetParam().text;
  const Plan plan = fleet.plan();
  EXPECT_EQ(plan.host("h2")->unreachable->code, GetParam().code);
  EXPECT_FALSE(plan.host("h2")->unreachable->hint.empty());
  EXPECT_THAT(told(plan),
              ElementsAre("h1 create file /srv/a: does not exist",
                          "h2 keep file /srv/a (unknown: the record on h2 can't be used)"));
  EXPECT_EQ(plan_exit_code(plan, fleet.registry(), true), 4);
  EXPECT_EQ(drift_exit_code(plan, fleet.registry()), 4);
  EXPECT_THAT(plan_text(plan, fleet.registry(), {}), HasSubstr("h2\n  refused\n    error: "));
  EXPECT_THAT(plan_text(plan, fleet.registry(), {}), Not(HasSubstr("unreachable")));
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::Refused);
  EXPECT_EQ(exit_code(plan, outcome), 4);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PlanOfASpoiltRecord,
    testing::Values(SpoiltRecord{"Foreign", R"({"format": 1, "machine": "another", "objects": {}})",
                                 Code::ForeignState},
                    SpoiltRecord{"Newer", R"({"format": 99, "machine": "machine-h2"})",
                                 Code::RecordTooNew},
                    SpoiltRecord{"Cut", R"({"format": 1, "mach)", Code::RecordUnreadable}),
    [](const auto& p) { return p.param.name; });

TEST(PlanRows, OfAHostWhoseRecordWasRemovedAreStrangersAndItSaysSo) {
  Fleet fleet("hosts: h1\nresources:\n  - {file: /srv/a, content: x}\n");
  fleet.settle();
  fleet["h1"].state.reset();
  Plan plan = fleet.plan();
  EXPECT_THAT(told(plan), ElementsAre("h1 keep file /srv/a (adopt)"));
  EXPECT_THAT(plan_text(plan, fleet.registry(), {}), HasSubstr("state.json was removed"));
  EXPECT_THAT(plan_text(plan, fleet.registry(), {.drift = true}),
              HasSubstr("state.json was removed"))
      << "also where no row is shown";
  plan.host("h1")->chain.number = 0;
  EXPECT_THAT(plan_text(plan, fleet.registry(), {}), Not(HasSubstr("was removed")));
}

TEST(PlanRows, ThatSomethingElseHasTakenThePlaceOfAreDriftThatApplyRefuses) {
  Fleet fleet("hosts: h1\nresources:\n  - {file: /srv/a, content: x}\n");
  fleet["h1"].host.files["/srv/a"] = {.type = "directory"};
  Plan plan = fleet.plan();
  EXPECT_EQ(drift_exit_code(plan, fleet.registry()), 4) << "it never was ours";
  fleet["h1"].host.files.erase("/srv/a");
  fleet.settle();
  fleet["h1"].host.files["/srv/a"] = {.type = "directory"};
  plan = fleet.plan();
  add_texts(plan, "h1", fleet.registry(), {}, {});
  EXPECT_EQ(plan.rows[0].standing, Standing::Drift);
  EXPECT_EQ(drift_exit_code(plan, fleet.registry()), 2);
  EXPECT_EQ(plan_exit_code(plan, fleet.registry(), true), 4);
  const std::string drift = plan_text(plan, fleet.registry(), {.drift = true});
  EXPECT_THAT(drift, HasSubstr("file /srv/a  [drift: somebody else changed this]"));
  EXPECT_THAT(drift, HasSubstr("Drift: 1 changed by somebody else."));
  EXPECT_EQ(exit_code(plan, fleet.apply(plan)), 4);
  EXPECT_EQ(fleet["h1"].host.files["/srv/a"].type, "directory");
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
