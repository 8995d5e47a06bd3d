#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/apply/masking.h"
#include "engine/report/outcome_text.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using What = RowOutcome::What;

constexpr const char* kTwoAndTwo = R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - {file: /srv/b, content: b}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/c, content: c, requires: [{on: h1, resource: file /srv/b}]}
  - {file: /srv/d, content: d, requires: file /srv/c}
---
manifest: of-h3
hosts: h3
resources:
  - {file: /srv/e, content: e}
)";

What what(const Outcome& outcome, const Plan& plan, const char* host, const char* address) {
  const auto found = outcome.rows.find(row_of(plan, host, address));
  return found == outcome.rows.end() ? What::None : found->second.what;
}

TEST(ApplyFailure, TakesOneHostBackAndLeavesOthersAlone) {
  Fleet fleet(kTwoAndTwo);
  const std::string before = fleet["h1"].host.snapshot();
  const Plan plan = fleet.plan();
  fleet["h1"].fail_after(1);
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::StepFailed);
  EXPECT_EQ(fleet["h1"].host.snapshot(), before);
  EXPECT_FALSE(fleet["h1"].state.has_value());
  EXPECT_EQ(what(outcome, plan, "h1", "file /srv/a"), What::UndoneAgain);
  EXPECT_EQ(what(outcome, plan, "h1", "file /srv/b"), What::Failed);
  EXPECT_EQ(end_of(outcome, "h3").end, HostEnd::Applied);
}

TEST(ApplyFailure, HoldsBackAllThatRestsOnItByName) {
  Fleet fleet(kTwoAndTwo);
  const std::string before = fleet["h2"].host.snapshot();
  const Plan plan = fleet.plan();
  fleet["h1"].fail_after(1);
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::HeldBack);
  EXPECT_EQ(end_of(outcome, "h2").error->message, "rests on h1 file /srv/b, which failed");
  EXPECT_EQ(what(outcome, plan, "h2", "file /srv/c"), What::NotBegun);
  EXPECT_EQ(what(outcome, plan, "h2", "file /srv/d"), What::NotBegun)
      << "it rests on what was held back";
  EXPECT_EQ(fleet["h2"].host.snapshot(), before);
}

TEST(ApplyFailure, WhatWasTakenBackKeepsOthersFromTheirTurn) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - {file: /srv/b, content: b, requires: file /srv/a}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/first, content: c}
  - {file: /srv/d, content: d, requires: [{on: h1, resource: file /srv/a}]}
)");
  // h1 does a, fails at b and takes both back while h2 is still busy.
  fleet["h1"].before_act = [&](const std::string&) {
    EXPECT_TRUE(fleet.diary().wait_for("h2 write /srv/first"));
  };
  const Plan plan = fleet.plan();
  fleet["h1"].fail_after(1);
  fleet["h2"].before_act = [&](const std::string& what) {
    if (what == "write /srv/first") {
      EXPECT_TRUE(fleet.diary().wait_for("h1 ends"));
    }
  };
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::HeldBack);
  EXPECT_EQ(fleet["h2"].host.files.count("/srv/first"), 1U);
  EXPECT_EQ(fleet["h2"].host.files.count("/srv/d"), 0U) << "it rests on what isn't there";
}

TEST(ApplyFailure, WhatClosesAHoleComesFirstAndStaysWhereTheRestGoesBack) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {file: /srv/a, content: one}\n"
      "  - {file: /srv/b, content: one, rollback: never}\n");
  fleet.settle();
  fleet.manifest(
      "hosts: h1\nresources:\n  - {file: /srv/a, content: two}\n"
      "  - {file: /srv/b, content: two, rollback: never}\n");
  fleet["h1"].fail_after(1);
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h1").stays, ElementsAre("file /srv/b"));
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/a").content, "one");
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/b").content, "two");
  // The record tells the truth of both: only the other is still to be done, and it is ours.
  const Plan plan = fleet.plan();
  EXPECT_TRUE(plan.rows[row_of(plan, "h1", "file /srv/a")].changes());
  EXPECT_FALSE(plan.rows[row_of(plan, "h1", "file /srv/b")].changes());
}

TEST(ApplyFailure, StopLeavesWhatIsDoneAndRemembersIt) {
  Fleet fleet(kTwoAndTwo);
  fleet["h1"].fail_after(1);
  const Outcome outcome = fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::Stop});
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Stopped);
  EXPECT_EQ(end_of(outcome, "h1").changed, 1);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 1U);
  EXPECT_EQ(fleet.state("h1").objects.count("file /srv/a"), 1U);
  EXPECT_EQ(fleet.state("h1").objects.count("file /srv/b"), 0U);
}

TEST(ApplyFailure, RollbackAllTakesEveryHostBack) {
  Fleet fleet(kTwoAndTwo);
  const std::string before = fleet.snapshot();
  fleet["h1"].fail_after(1);
  const Outcome outcome = fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::RollbackAll});
  EXPECT_EQ(fleet.snapshot(), before);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(end_of(outcome, "h3").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h3").error->message, HasSubstr("another host failed"));
  for (const char* host : {"h1", "h2", "h3"}) {
    EXPECT_FALSE(fleet[host].state.has_value()) << host;
    EXPECT_FALSE(fleet[host].locked) << host;
  }
}

TEST(ApplyFailure, TheManifestsPolicyHoldsUnlessOverruled) {
  Fleet fleet(
      "hosts: h1\non_failure: stop\nresources:\n  - {file: /srv/a, content: a}\n"
      "  - {file: /srv/b, content: b}\n");
  fleet["h1"].fail_after(1);
  EXPECT_EQ(end_of(fleet.apply(), "h1").end, HostEnd::Stopped);
  fleet.manifest("hosts: h1\non_failure: stop\nresources:\n  - {file: /srv/c, content: c}\n");
  fleet["h1"].fail_after(0);
  const Outcome again = fleet.apply(fleet.plan(), {.on_failure = FailurePolicy::Rollback});
  EXPECT_EQ(end_of(again, "h1").end, HostEnd::RolledBack);
}

TEST(ApplyFailure, SaysWhatCouldNotBeTakenBack) {
  Fleet fleet(kTwoAndTwo);
  fleet["h1"].fail_after(1);
  fleet["h1"].stuck = "/srv/a: read-only file system";
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::HalfDone);
  EXPECT_THAT(end_of(outcome, "h1").left, ElementsAre("/srv/a: read-only file system"));
  EXPECT_EQ(parse_meta(fleet["h1"].meta_of("run-1"))->status, "half-done");
}

TEST(ApplyFailure, AnswersThatAreWrongFailTheCheck) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - check: it answers
    tcp: {port: 80}
    requires: file /srv/a
)");
  const std::string before = fleet["h1"].host.snapshot();
  fleet["h1"].answer = [](const Probe&) -> Result<void> {
    return fail(Code::StepFailed, "nobody listens");
  };
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("nobody listens"));
  EXPECT_TRUE(end_of(outcome, "h1").error->where.known());
  EXPECT_EQ(fleet["h1"].host.snapshot(), before);
}

TEST(ApplyFailure, WhatOnlyWarnsFailsNothing) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - {check: it has room, tcp: {port: 80}, only_warns: true, requires: file /srv/a}
  - {check: it answers, tcp: {port: 81}}
)");
  fleet["h1"].answer = [](const Probe& probe) -> Result<void> {
    if (std::get<Probe::Tcp>(probe.ask).port == 81) return {};
    return fail(Code::CheckFailed, "nobody listens", "start it");
  };
  const Plan plan = fleet.plan();
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Applied);
  EXPECT_EQ(end_of(outcome, "h1").checks, 1);
  const RowOutcome& warned = outcome.rows.at(row_of(plan, "h1", "check it has room"));
  EXPECT_EQ(warned.what, What::Done);
  ASSERT_TRUE(warned.error);
  EXPECT_EQ(warned.error->message, "nobody listens");
  EXPECT_THAT(outcome_text(plan, outcome, false),
              HasSubstr("warning: h1 check it has room: nobody listens\n  do: start it\n"));
}

TEST(ApplyFailure, ARefusedRowHoldsItsDependantsBack) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/p, content: p}
  - {file: /srv/q, content: q, requires: file /srv/p}
  - {file: /srv/b, content: b}
---
manifest: of-h2
hosts: h2
resources:
  - {file: /srv/d, content: d, requires: [{on: h1, resource: file /srv/p}]}
)");
  Plan plan = fleet.plan();
  plan.rows[row_of(plan, "h1", "file /srv/p")].refused =
      Error{.code = Code::OtherOwner, .message = "another owner's"};
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h2").end, HostEnd::HeldBack);
  EXPECT_EQ(fleet["h2"].host.files.count("/srv/d"), 0U);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/q"), 0U);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/b"), 1U);
}

TEST(ApplyFailure, SecretsOfTheBlockAreMaskedInWhatFailed) {
  Block block;
  block.acts.push_back({1, WriteFile{.path = "/a", .content = Secret("hunter2\nsecond line")}, {}});
  block.acts.push_back({2, holdfast::Run{.argv = {"true"}, .input = Secret("abc")}, {}});
  EXPECT_EQ(mask_secrets("got hunter2, then second line; abc", block),
            "got (secret), then (secret); abc")
      << "shorter ones would mask ordinary words";
}

}  // namespace
}  // namespace holdfast
