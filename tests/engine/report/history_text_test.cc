#include "engine/report/history_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

RunEntry part(const std::string& host, const std::string& status, int changed = 0) {
  RunEntry out{.run = "r1", .host = host};
  out.command = "apply";
  out.by = {"runners", "production", "ann", "laptop", "paws360/app run 12 @0f1e"};
  out.plan = "4b1f3a1c9d02beef";
  out.started = "2026-11-28T14:21:05Z";
  out.ended = "2026-11-28T14:22:05Z";
  out.status = status;
  out.changed = changed;
  return out;
}

std::vector<RunEntry> sample_run() {
  RunEntry failed = part("h3", "rolled-back");
  failed.error = "it failed\nh9: applied";
  RunEntry alone = part("h4", "rolled-back");
  alone.ended_by = "guard";
  return {part("h1", "applied", 1), part("h2", "applied", 2), failed, alone};
}

TEST(HistoryText, TellsHostsThatEndedAlikeTogether) {
  EXPECT_EQ(history_text(sample_run()),
            "2026-11-28T14:21:05Z  r1  apply  runners/production  by ann from laptop  "
            "(paws360/app run 12 @0f1e)  plan 4b1f3a1c9d02\n"
            "  applied: h1, h2, 3 changes\n"
            "  rolled-back by guard: h4\n"
            "  h3: rolled-back: it failed\\nh9: applied\n");
  EXPECT_EQ(history_text({}), "The history knows no such run.\n");
}

TEST(HistoryText, TellsAllOfOneRun) {
  EXPECT_EQ(
      run_text({part("h1", "applied", 1)}, true),
      "run r1\n  apply  runners/production\n  by ann from laptop, CI paws360/app run 12 @0f1e\n"
      "  began 2026-11-28T14:21:05Z, ended 2026-11-28T14:22:05Z\n  plan 4b1f3a1c9d02beef\n"
      "  h1: applied, 1 change\n`holdfast history 4b1f3a1c9d02` shows the plan.\n");
}

TEST(HistoryText, TellsWhatAPlanWouldHaveDone) {
  PlanEntry plan{.digest = "4b1f"};
  plan.made = "2026-11-28T14:21:05Z";
  plan.command = "plan";
  plan.by.user = "ann";
  plan.by.from = "laptop";
  plan.document = R"({"hosts": [{"host": "h1", "rows": [
    {"address": "file /a", "action": "update", "standing": "drift"},
    {"address": "file /b", "action": "unchanged", "standing": "same"}]}, {"host": "h2", "rows": []}]})";
  EXPECT_EQ(plan_entry_text(plan),
            "plan 4b1f\n  first made 2026-11-28T14:21:05Z by plan of ann from laptop\n"
            "h1\n   update  file /a  [drift]\n");
  plan.document = "junk";
  EXPECT_THAT(plan_entry_text(plan), testing::HasSubstr("plan 4b1f"));
}

TEST(HistoryText, TellsWhatARunChangedByItsPlan) {
  PlanEntry plan{.digest = "4b1f3a1c9d02beef"};
  plan.document = R"({"hosts": [{"host": "h1", "rows": [
    {"address": "file /a", "action": "update", "standing": "drift"}]}, {"host": "h3", "rows": [
    {"address": "file /::b\nc", "action": "create", "standing": "new"}]}]})";
  std::vector<RunEntry> parts = sample_run();
  EXPECT_EQ(run_and_plan_text(parts, &plan),
            "run r1\n  apply  runners/production\n  by ann from laptop, CI paws360/app run 12 "
            "@0f1e\n  began 2026-11-28T14:21:05Z, ended 2026-11-28T14:22:05Z\n"
            "  plan 4b1f3a1c9d02beef\n"
            "  h1: applied, 1 change\n     update  file /a  [drift]\n"
            "  h2: applied, 2 changes\n"
            "  h3: rolled-back: it failed\\nh9: applied\n"
            "     planned:\n       create  file /::b\\nc  [new]\n"
            "  h4: rolled-back by guard\n");
  EXPECT_THAT(run_and_plan_text(parts, nullptr), testing::EndsWith("Its plan is not kept here.\n"));
  const auto told = nlohmann::json::parse(run_and_plan_json(parts, &plan));
  EXPECT_EQ(told["run"]["hosts"].size(), 4U);
  EXPECT_EQ(told["plan"]["plan"]["hosts"][0]["host"], "h1");
  EXPECT_TRUE(nlohmann::json::parse(run_and_plan_json(parts, nullptr))["plan"].is_null());
}

TEST(HistoryText, TellsSinceWhenAHostIsAsItIs) {
  DriftEntry same{.host = "h1", .first = "2026-11-21T09:00:01Z", .last = "2026-11-28T08:30:02Z"};
  same.looks = 336;
  same.result = "same";
  DriftEntry drift{.host = "h1", .first = "2026-11-28T09:00:02Z", .last = "2026-11-28T09:00:02Z"};
  drift.result = "drift";
  drift.drift = 1;
  drift.pending = 2;
  drift.resources = 42;
  drift.what = {"file /etc/motd"};
  EXPECT_EQ(
      drift_history_text({drift, same}),
      "h1\n  2026-11-28T09:00:02Z at one look: drift (1 drifted, 2 pending of 42): file /etc/motd\n"
      "  2026-11-21T09:00:01Z to 2026-11-28T08:30:02Z, 336 looks: same\n");
}

TEST(HistoryText, TellsProgramsTheSame) {
  const auto runs = nlohmann::json::parse(history_json(sample_run()));
  ASSERT_EQ(runs["runs"].size(), 1U);
  EXPECT_EQ(runs["runs"][0]["hosts"].size(), 4U);
  EXPECT_EQ(runs["runs"][0]["hosts"][3]["ended_by"], "guard");
  EXPECT_EQ(runs["runs"][0]["ci"], "paws360/app run 12 @0f1e");
  PlanEntry plan{.digest = "4b1f"};
  plan.document = R"({"format": 1})";
  EXPECT_EQ(nlohmann::json::parse(plan_entry_json(plan))["plan"]["format"], 1);
}

}  // namespace
}  // namespace holdfast
