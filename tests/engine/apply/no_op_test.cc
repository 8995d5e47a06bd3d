#include "engine/apply/no_op.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/report/exit_code.h"
#include "engine/report/metrics.h"
#include "engine/report/outcome_text.h"
#include "tests/support/sample_plan.h"

namespace holdfast {
namespace {

TEST(NothingDone, TellsHowEachHostStands) {
  PlanMaker make;
  make.host("quiet");
  make.host("silent").unreachable = Error{.code = Code::HostUnreachable, .message = "no route"};
  make.host("cut").open_run = "7";
  const Plan plan = make.take();
  const Outcome outcome = nothing_done(plan);
  ASSERT_EQ(outcome.hosts.size(), 3U);
  EXPECT_EQ(outcome.hosts[0].end, HostEnd::Unchanged);
  EXPECT_EQ(outcome.hosts[1].end, HostEnd::Unreachable);
  EXPECT_EQ(outcome.hosts[2].end, HostEnd::Refused);
  EXPECT_EQ(exit_code(plan, outcome), plan_exit_code(plan, sample_kinds(), false));
  const auto event = nlohmann::json::parse(outcome_event(plan, outcome, 6));
  EXPECT_EQ(event["exit_code"], 6);
  EXPECT_EQ(event["hosts"][0]["end"], "unchanged");
  EXPECT_NE(apply_metrics(outcome, 1).find("holdfast_apply_success{host=\"quiet\"} 1\n"),
            std::string::npos);
}

}  // namespace
}  // namespace holdfast
