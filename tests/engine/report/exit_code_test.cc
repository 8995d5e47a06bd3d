#include "engine/report/exit_code.h"

#include <gtest/gtest.h>

#include "tests/support/sample_plan.h"

namespace holdfast {
namespace {

Error error_of(Code code) {
  Error out;
  out.code = code;
  return out;
}

HostOutcome host(HostEnd end, Code code = Code::None) {
  HostOutcome out;
  out.end = end;
  if (code != Code::None) out.error = error_of(code);
  return out;
}

struct ApplyCase {
  const char* name;
  std::vector<HostOutcome> hosts;
  bool interrupted;
  int code;
};

class ApplyExit : public testing::TestWithParam<ApplyCase> {};

TEST_P(ApplyExit, IsTheWorstThatHolds) {
  Outcome outcome;
  outcome.hosts = GetParam().hosts;
  outcome.interrupted = GetParam().interrupted;
  EXPECT_EQ(exit_code(Plan{}, outcome), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ApplyExit,
    testing::Values(
        ApplyCase{"Empty", {}, false, 0},
        ApplyCase{"Done", {host(HostEnd::Applied), host(HostEnd::Unchanged)}, false, 0},
        ApplyCase{"AskedFor", {host(HostEnd::RolledBack)}, false, 0},
        ApplyCase{"Unreachable", {host(HostEnd::Applied), host(HostEnd::Unreachable)}, false, 3},
        ApplyCase{"Refused", {host(HostEnd::Refused), host(HostEnd::Unreachable)}, false, 4},
        ApplyCase{"OpenRun", {host(HostEnd::Refused, Code::OpenRun)}, false, 6},
        ApplyCase{"RefusedByALock", {host(HostEnd::Refused, Code::Locked)}, false, 5},
        ApplyCase{"Locked", {host(HostEnd::Locked), host(HostEnd::Refused)}, false, 5},
        ApplyCase{"RolledBack",
                  {host(HostEnd::RolledBack, Code::StepFailed), host(HostEnd::Locked)},
                  false,
                  7},
        ApplyCase{"HeldBackByAFailure",
                  {host(HostEnd::RolledBack, Code::StepFailed), host(HostEnd::HeldBack)},
                  false,
                  7},
        ApplyCase{
            "HeldBackByADeadHost", {host(HostEnd::Unreachable), host(HostEnd::HeldBack)}, false, 3},
        ApplyCase{"OnlyHeldBack", {host(HostEnd::HeldBack)}, false, 1},
        ApplyCase{"Interrupted", {host(HostEnd::RolledBack, Code::StepFailed)}, true, 130},
        ApplyCase{"Stopped",
                  {host(HostEnd::Stopped), host(HostEnd::RolledBack, Code::StepFailed)},
                  false,
                  6},
        ApplyCase{"HalfDoneWins", {host(HostEnd::HalfDone), host(HostEnd::Locked)}, true, 6}),
    [](const auto& p) { return p.param.name; });

TEST(ApplyExitOfThePlan, WhatCouldNotBeTriedCounts) {
  Plan plan;
  plan.hosts.emplace_back().unreachable = error_of(Code::Internal);
  EXPECT_EQ(exit_code(plan, {}), 3);
  plan.declarations.resize(1);
  plan.rows.resize(1);
  plan.rows[0].refused = error_of(Code::OtherOwner);
  EXPECT_EQ(exit_code(plan, {}), 4);
}

TEST(ApplyExitOfThePlan, WhatIsNotKnownIsLeft) {
  Plan plan;
  plan.declarations.resize(1);
  plan.rows.resize(1);
  plan.rows[0].unknown = Unknown{"needs root"};
  EXPECT_EQ(exit_code(plan, {}), 1);
  plan.declarations[0].audit = true;
  EXPECT_EQ(exit_code(plan, {}), 0);
}

struct PlanCase {
  const char* name;
  void (*make)(PlanMaker&);
  int plain;
  int detailed;
};

void update(Row& row) {
  row.change.action = Action::Update;
  row.change.before = State{};
}

class PlanExit : public testing::TestWithParam<PlanCase> {};

TEST_P(PlanExit, SaysWhatThePlanHolds) {
  PlanMaker maker;
  GetParam().make(maker);
  const Plan plan = maker.take();
  EXPECT_EQ(plan_exit_code(plan, sample_kinds(), false), GetParam().plain);
  EXPECT_EQ(plan_exit_code(plan, sample_kinds(), true), GetParam().detailed);
}

const PlanCase kPlanCases[] = {
    {"Nothing", [](PlanMaker& m) { m.host("h"), m.note("h", "a"); }, 0, 0},
    {"Changes", [](PlanMaker& m) { m.host("h"), update(m.note("h", "a")); }, 0, 2},
    {"Orphans", [](PlanMaker& m) { m.host("h").kept_orphans = {"note a"}; }, 0, 0},
    {"Adoption", [](PlanMaker& m) { m.host("h"), m.note("h", "a").adopt = true; }, 0, 0},
    {"Checks",
     [](PlanMaker& m) {
       m.host("h");
       Row& row = m.question("h", "a");
       row.change.action = Action::Create;
       row.steps = {{0, Probe{.ask = Probe::Tcp{.port = 22}}}};
     },
     0, 0},
    {"Audited",
     [](PlanMaker& m) {
       m.host("h");
       update(m.note("h", "a"));
       m.declaration().audit = true;
     },
     0, 2},
    {"LeftOut",
     [](PlanMaker& m) {
       m.host("h");
       Row& row = m.note("h", "a");
       update(row);
       row.selected = false;
     },
     0, 0},
    {"Unknown", [](PlanMaker& m) { m.host("h"), m.note("h", "a").unknown = Unknown{"?"}; }, 0, 2},
    {"Unreachable",
     [](PlanMaker& m) {
       m.host("h").unreachable = error_of(Code::Internal);
       m.note("h", "a").unknown = Unknown{"h is unreachable"};
     },
     3, 3},
    {"Refused",
     [](PlanMaker& m) { m.host("h"), m.note("h", "a").refused = error_of(Code::Protected); }, 4, 4},
    {"OpenRun", [](PlanMaker& m) { m.host("h").open_run = "1"; }, 6, 6},
    {"LiveRun",
     [](PlanMaker& m) {
       HostPlan& host = m.host("h");
       host.open_run = "1";
       host.holder = "{}";
     },
     0, 0},
};

INSTANTIATE_TEST_SUITE_P(Table, PlanExit, testing::ValuesIn(kPlanCases),
                         [](const auto& p) { return p.param.name; });

TEST(FailedExit, IsOfTheWorstError) {
  const auto of = [](const std::vector<Code>& codes) {
    Diagnostics diagnostics;
    for (const Code code : codes) diagnostics.error(error_of(code));
    return static_cast<Exit>(failed_exit(diagnostics));
  };
  EXPECT_EQ(of({}), Exit::Failed);
  EXPECT_EQ(of({Code::HostUnreachable}), Exit::Unreachable);
  EXPECT_EQ(of({Code::ConnectionLost, Code::StepFailed}), Exit::Failed);
  EXPECT_EQ(of({Code::StepFailed, Code::Usage}), Exit::Usage);
}

TEST(Worse, FollowsThePrecedence) {
  const Exit order[] = {Exit::Usage,   Exit::HalfDone, Exit::Interrupted, Exit::RolledBack,
                        Exit::Failed,  Exit::Locked,   Exit::Refused,     Exit::Unreachable,
                        Exit::Differs, Exit::Done};
  for (std::size_t i = 0; i < std::size(order); ++i) {
    for (std::size_t j = i; j < std::size(order); ++j) {
      EXPECT_EQ(worse(order[i], order[j]), order[i]);
      EXPECT_EQ(worse(order[j], order[i]), order[i]);
    }
  }
}

}  // namespace
}  // namespace holdfast
