#include "engine/report/fleet_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing::Not;

DriftEntry look(const std::string& result, const std::string& first = "2026-11-20T10:00:00Z",
                const std::string& last = "2026-11-21T10:00:00Z") {
  DriftEntry out{.host = "h1", .first = first, .last = last};
  out.result = result;
  out.resources = 42;
  if (result == "pending") out.pending = 2;
  if (result == "drift") out.drift = 1;
  if (result == "drift") out.what = {"file /etc/motd"};
  return out;
}

RunEntry run(const std::string& status, const std::string& started, const std::string& ended,
             const std::string& error = "") {
  RunEntry out{.run = "r1", .host = "h1", .command = "apply"};
  out.started = started;
  out.ended = ended;
  out.status = status;
  out.error = error;
  out.changed = status == "applied" ? 2 : 0;
  return out;
}

const std::string kBefore = "2026-11-20T09:00:00Z";
const std::string kBegins = "2026-11-21T09:59:59Z";
const std::string kEnds = "2026-11-21T10:00:09Z";

struct StandCase {
  const char* name;
  std::optional<DriftEntry> look;
  std::optional<RunEntry> run;
  HostStand state;
  std::string since;
};

std::vector<StandCase> cases() {
  RunEntry reverted = run("rolled-back", kBegins, kEnds);
  reverted.command = "rollback";
  RunEntry by_another = run("rolled-back", kBegins, kEnds);
  by_another.ended_by = "r2";
  RunEntry by_guard = by_another;
  by_guard.ended_by = "guard";
  RunEntry retired = run("applied", kBegins, kEnds);
  retired.command = "retire";
  DriftEntry audited = look("drift");
  audited.drift = 3;
  const std::string first = "2026-11-20T10:00:00Z";
  return {
      {"NeverSeen", std::nullopt, std::nullopt, HostStand::Unseen, ""},
      {"LookedAt", look("same"), std::nullopt, HostStand::Converged, first},
      {"Drifted", look("drift"), std::nullopt, HostStand::Drifted, first},
      {"Dark", look("unreachable"), std::nullopt, HostStand::Unreachable, first},
      {"OfALaterVersion", look("moon"), std::nullopt, HostStand::Unknown, first},
      {"AppliedAfterItsLook", look("pending"), run("applied", kBegins, kEnds), HostStand::Converged,
       kEnds},
      {"LookedAtSince", look("drift"), run("applied", kBefore, kBefore), HostStand::Drifted, first},
      {"OnlyAPartApplied", look("pending"), run("applied", kEnds, kEnds), HostStand::Pending,
       first},
      {"AppliedAndNeverLookedAt", std::nullopt, run("applied", kBegins, kEnds), HostStand::Unknown,
       kEnds},
      {"WhatIsAuditedStays", audited, run("applied", kBegins, kEnds), HostStand::Drifted, first},
      {"TakenBack", look("pending"), run("rolled-back", kBegins, kEnds, "no"), HostStand::Failed,
       kEnds},
      {"TakenBackAlone", look("pending"), by_guard, HostStand::Failed, kEnds},
      {"FailedAndStillDifferent", look("pending"), run("half-done", kBefore, kBefore, "no"),
       HostStand::Failed, kBefore},
      {"FailedAndMendedSince", look("same"), run("half-done", kBefore, kBefore, "no"),
       HostStand::Converged, first},
      {"NotEnded", look("pending"), run("open", kBefore, ""), HostStand::Failed, kBefore},
      {"RolledBackAtWill", look("same"), reverted, HostStand::Pending, kEnds},
      {"RolledBackByAnother", look("same"), by_another, HostStand::Pending, kEnds},
      {"Retired", look("same"), retired, HostStand::Pending, kEnds},
      {"Locked", look("pending"), run("locked", kBegins, kEnds, "busy"), HostStand::Refused, kEnds},
      {"LostInTheRun", look("pending"), run("unreachable", kBegins, kEnds, "no"),
       HostStand::Unreachable, kEnds},
  };
}

TEST(Judge, GoesByTheNewestThatIsKnown) {
  for (const StandCase& c : cases()) {
    const HostReport told = judge("h1", c.look, c.run);
    EXPECT_EQ(told.state, c.state) << c.name;
    EXPECT_EQ(told.since, c.since) << c.name;
  }
}

FleetReport sample_fleet() {
  return {"runners",
          "production",
          {judge("h1", look("same"), std::nullopt), judge("hosttwo", look("drift"), std::nullopt),
           judge("h3", look("pending"), run("rolled-back", kBegins, kEnds, "it\nfailed | <b>")),
           judge("h4", look("unreachable"), std::nullopt), judge("h5", {}, {})}};
}

TEST(FleetReport, TellsPeople) {
  EXPECT_EQ(
      fleet_text({sample_fleet()}, Ink(false)),
      "runners/production: 5 hosts: 1 converged, 1 drifted, 1 unseen, 1 unreachable, 1 failed\n"
      "  h1       converged    since 2026-11-20T10:00:00Z, seen 2026-11-21T10:00:00Z\n"
      "  hosttwo  drifted      since 2026-11-20T10:00:00Z, seen 2026-11-21T10:00:00Z: 1 drifted of "
      "42: file /etc/motd\n"
      "  h3       failed       since 2026-11-21T10:00:09Z: apply r1 rolled-back: it\\nfailed | "
      "<b>\n"
      "  h4       unreachable  since 2026-11-20T10:00:00Z, seen 2026-11-21T10:00:00Z\n"
      "  h5       unseen\n");
  EXPECT_EQ(fleet_text({}, Ink(false)), "The history knows no host.\n");
}

TEST(FleetReport, TellsAStepsSummary) {
  const std::string text = fleet_markdown({sample_fleet()});
  EXPECT_THAT(text, HasSubstr("| ` h4 ` | unreachable | 2026-11-20T10:00:00Z | "));
  EXPECT_THAT(text, HasSubstr("it\\nfailed \\| <b> ` |\n"));
}

TEST(FleetReport, TellsJunit) {
  const std::string text = fleet_junit({sample_fleet()});
  EXPECT_THAT(text, HasSubstr("<testsuite name=\"runners/production\" tests=\"5\" failures=\"2\" "
                              "errors=\"1\" skipped=\"1\">"));
  EXPECT_THAT(text, HasSubstr("name=\"h1\"/>"));
  EXPECT_THAT(text, HasSubstr("it\\nfailed | &lt;b&gt;</failure>"));
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
}

TEST(FleetReport, TellsPrograms) {
  const auto told = nlohmann::json::parse(fleet_json({sample_fleet()}))["environments"][0];
  EXPECT_EQ(told["summary"]["hosts"], 5);
  EXPECT_EQ(told["summary"]["failed"], 1);
  EXPECT_EQ(told["summary"]["stranger"], 0);
  EXPECT_EQ(told["hosts"][2]["state"], "failed");
  EXPECT_EQ(told["hosts"][2]["run"]["error"], "it\nfailed | <b>");
  EXPECT_EQ(told["hosts"][1]["look"]["what"][0], "file /etc/motd");
  EXPECT_TRUE(told["hosts"][4]["look"].is_null());
}

TEST(FleetReport, EndsAsItsHostsAre) {
  const auto of = [](const HostReport& host) { return exit_of({{"p", "e", {host}}}); };
  EXPECT_EQ(exit_of({}), Exit::Done);
  EXPECT_EQ(of(judge("h", look("same"), {})), Exit::Done);
  EXPECT_EQ(of(judge("h", look("stranger"), {})), Exit::Differs);
  EXPECT_EQ(of(judge("h", {}, {})), Exit::Differs);
  EXPECT_EQ(of(judge("h", look("unreachable"), {})), Exit::Unreachable);
  EXPECT_EQ(of(judge("h", look("refused"), {})), Exit::Refused);
  EXPECT_EQ(of(judge("h", {}, run("rolled-back", kBegins, kEnds, "no"))), Exit::RolledBack);
  EXPECT_EQ(of(judge("h", {}, run("stopped", kBegins, kEnds, "no"))), Exit::HalfDone);
  EXPECT_EQ(exit_of({sample_fleet()}), Exit::RolledBack);
}

}  // namespace
}  // namespace holdfast
