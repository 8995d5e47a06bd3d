#include "engine/report/outcome_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/core/text.h"
#include "engine/report/events.h"
#include "engine/report/plan_json.h"
#include "tests/support/golden.h"
#include "tests/support/sample_plan.h"

namespace holdfast {
namespace {

using What = RowOutcome::What;
using nlohmann::json;

Error error(Code code, std::string message, std::string hint = {}) {
  Error out;
  out.code = code;
  out.message = std::move(message);
  out.hint = std::move(hint);
  return out;
}

HostOutcome host(const std::string& name, HostEnd end, int changed = 0) {
  HostOutcome out;
  out.host = name;
  out.end = end;
  out.changed = changed;
  out.took = std::chrono::milliseconds(1234);
  return out;
}

struct Sample {
  Plan plan;
  Outcome outcome;
};

Sample sample_outcome() {
  PlanMaker maker;
  for (const char* name : {"web1", "web2", "db1", "db2", "db3", "db4", "db5", "db6"}) {
    maker.host(name);
  }
  maker.note("web1", "/etc/a");
  maker.note("web1", "/etc/b");
  maker.note("web1", "/etc/c");
  maker.note("web1", "/etc/d");
  maker.note("web2", "/etc/a");
  maker.note("db1", "/etc/a");
  maker.note("db1", "/etc/b");
  Sample out{maker.take(), {}};
  const Error failed = error(Code::StepFailed,
                             "systemctl start -- app.service: exit status 1\nJob for app.service "
                             "failed.\n::error::See journalctl\x1b[31m -xe",
                             "look at its journal");
  out.outcome.rows[0] = {What::UndoneAgain, {}};
  out.outcome.rows[1] = {What::Failed, failed};
  out.outcome.rows[2] = {What::NotBegun,
                         error(Code::DependencyFailed, "rests on web1 note /etc/b, which failed")};
  out.outcome.rows[3] = {What::NotBegun, {}};
  out.outcome.rows[4] = {What::NotBegun,
                         error(Code::DependencyFailed, "rests on web1 note /etc/b, which failed")};
  out.outcome.rows[5] = {What::Done, {}};
  out.outcome.rows[6] = {What::Failed, failed};
  auto& hosts = out.outcome.hosts;
  hosts.push_back(host("web1", HostEnd::RolledBack));
  hosts.back().error = failed;
  hosts.back().run = "20260101-120000-ab12";
  hosts.push_back(host("web2", HostEnd::HeldBack));
  hosts.back().error = out.outcome.rows[4].error;
  hosts.push_back(host("db1", HostEnd::HalfDone, 1));
  hosts.back().error = failed;
  hosts.back().run = "20260101-120000-cd34";
  hosts.back().left = {"package nginx stays installed:\napt is broken"};
  hosts.push_back(host("db2", HostEnd::Locked));
  hosts.back().error = error(Code::Locked, "run 1 of bob on laptop holds db2 since 12:00");
  hosts.push_back(host("db3", HostEnd::Unreachable));
  hosts.back().error = error(Code::Internal, "db3 does not answer on port 22");
  hosts.push_back(host("db4", HostEnd::Applied, 3));
  hosts.back().run = "20260101-120000-ef56";
  hosts.push_back(host("db5", HostEnd::Unchanged));
  hosts.push_back(host("db6", HostEnd::Stopped));
  hosts.back().run = "20260101-120000-0a0b";
  hosts.back().error = failed;
  return out;
}

TEST(OutcomeText, SaysWhatFailedWhatIsLeftAndWhatToDo) {
  const Sample s = sample_outcome();
  const std::string text = outcome_text(s.plan, s.outcome, false);
  expect_golden("outcome.txt", text);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(OutcomeText, OfSuccessIsARecap) {
  Outcome outcome;
  outcome.hosts.push_back(host("h1", HostEnd::Applied, 3));
  outcome.hosts.push_back(host("longer", HostEnd::Applied, 1));
  outcome.hosts.back().run = "7";
  outcome.hosts.push_back(host("h2", HostEnd::Unchanged));
  EXPECT_EQ(outcome_text({}, outcome, false),
            "h1      applied      3 changed     1.2 s\n"
            "longer  applied      1 changed     1.2 s      run 7\n"
            "Done: 2 hosts applied, 1 host unchanged; 4 resources changed.\n");
}

TEST(OutcomeText, SaysHowToGoOnWithTheHostsThatFailed) {
  Outcome outcome;
  outcome.hosts.push_back(host("h1", HostEnd::Applied, 3));
  outcome.hosts.push_back(host("h2", HostEnd::Unreachable));
  outcome.hosts.push_back(host("h3", HostEnd::RolledBack));
  outcome.hosts.back().error = error(Code::StepFailed, "no");
  const std::string others = "To go on with the others: --limit h2,h3\n";
  EXPECT_NE(outcome_text({}, outcome, false).find(others), std::string::npos);
  Outcome locked = outcome;
  locked.hosts.push_back(host("h4", HostEnd::Locked));
  EXPECT_EQ(outcome_text({}, locked, false).find("--limit"), std::string::npos)
      << "one that is held stops all";
  outcome.hosts.push_back(host("h4", HostEnd::RolledBack));
  EXPECT_EQ(outcome_text({}, outcome, false).find("--limit"), std::string::npos)
      << "all went back together";
}

TEST(OutcomeText, OfARollbackThatWasAskedForIsDone) {
  Outcome outcome;
  outcome.hosts.push_back(host("h1", HostEnd::RolledBack, 3));
  EXPECT_EQ(outcome_text({}, outcome, false),
            "h1  rolled-back  3 changed     1.2 s\nDone: 1 host rolled-back.\n");
}

TEST(OutcomeText, ARollbackThatLeftSomethingIsGoneOnWith) {
  Outcome outcome;
  outcome.hosts.push_back(host("h1", HostEnd::HalfDone, 3));
  outcome.hosts.back().run = "the-rollback";
  outcome.hosts.back().left = {"/etc/a was changed by somebody else since"};
  outcome.hosts.back().taken_back = {{"whole", "rolled-back"}, {"half", "half-done"}};
  const std::string text = outcome_text({}, outcome, false);
  EXPECT_NE(text.find("then go on: `holdfast rollback half`\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sh /var/lib/holdfast/runs/half/rollback.sh"), std::string::npos) << text;
  EXPECT_EQ(text.find("rollback the-rollback"), std::string::npos) << text;
  EXPECT_EQ(text.find("whole"), std::string::npos) << text;
}

TEST(OutcomeText, SaysThatItWasInterrupted) {
  Outcome outcome;
  outcome.interrupted = true;
  EXPECT_EQ(outcome_text({}, outcome, false), "Interrupted: no host took part.\n");
}

TEST(OutcomeJson, HoldsTheSame) {
  const Sample s = sample_outcome();
  const std::string text = outcome_json(s.plan, s.outcome);
  expect_golden("outcome.json", text);
  const json out = json::parse(text);
  EXPECT_EQ(out["exit_code"], 6);
  EXPECT_EQ(out["hosts"].size(), 8U);
  EXPECT_EQ(out["hosts"][2]["by_hand"],
            "sh /var/lib/holdfast/runs/20260101-120000-cd34/rollback.sh");
  const json event = json::parse(outcome_event(s.plan, s.outcome));
  EXPECT_EQ(event["event"], "outcome");
  EXPECT_EQ(event["hosts"], out["hosts"]);
}

TEST(ByHand, IsOneCommand) {
  EXPECT_EQ(by_hand("a'; rm -rf /"), "sh '/var/lib/holdfast/runs/a'\\''; rm -rf //rollback.sh'");
}

TEST(PlanJson, HoldsEveryRow) {
  const std::string text = plan_json(sample_plan(), sample_kinds());
  expect_golden("plan.json", text);
  const json out = json::parse(text);
  EXPECT_EQ(out["format"], 1);
  EXPECT_EQ(out["summary"]["create"], 1);
  const json event = json::parse(plan_event(sample_plan(), sample_kinds()));
  EXPECT_EQ(event["event"], "plan");
  EXPECT_EQ(event["hosts"], out["hosts"]);
}

TEST(PlanJson, HoldsWhatIsToldBesideIt) {
  const PlanBeside beside{
      .warnings = {{.code = Code::CredentialExpires, .message = "soon", .hint = "renew it"}},
      .gone = {{"\x1b[h9", {"github_runner one"}}}};
  const json out = json::parse(plan_event(sample_plan(), sample_kinds(), beside));
  EXPECT_EQ(out["warnings"].dump(), R"([{"code":"HF7182","hint":"renew it","message":"soon"}])");
  EXPECT_EQ(out["gone"][0]["orphans"][0], "github_runner one");
  EXPECT_EQ(gone_text(beside.gone, Ink(false)),
            "\\x1b[h9  (in no inventory any more)\n    orphan  github_runner one  "
            "[`holdfast retire \\x1b[h9 --gone` takes it away]\n\n");
  EXPECT_NE(gone_markdown(beside.gone).find("` github_runner one `"), std::string::npos);
  EXPECT_EQ(json::parse(plan_json(sample_plan(), sample_kinds())).count("warnings"), 0U);
}

TEST(PlanJson, HasNoSecretAndNoControlCharacter) {
  const std::string text = plan_json(hostile_plan(), sample_kinds());
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_EQ(text.find("##"), std::string::npos);
  for (const char c : text) {
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7F)) << static_cast<int>(c);
  }
  const json out = json::parse(text);
  const std::string name = out["hosts"][0]["rows"][0]["name"];
  EXPECT_EQ(name.substr(0, 12), "a\n::error::f");
}

TEST(PlanJson, KeepsWhatIsNotUtf8Visible) {
  PlanMaker maker;
  maker.host("h1");
  maker.note("h1", "/a\xff");
  const json out = json::parse(plan_json(maker.take(), sample_kinds()));
  EXPECT_EQ(out["hosts"][0]["rows"][0]["address"], "note /a\\xff");
}

TEST(JsonEvents, AreOneObjectALine) {
  const Sample s = sample_outcome();
  std::string text;
  JsonEvents events(
      s.plan, [&](std::string_view piece) { text += piece; }, [] { return "T"; });
  events.host_begins("web1");
  events.act("web1", 1, "write\n/etc/b ##[error]");
  events.act("web1", 99, "look");
  events.host_note("web1", "taking back");
  events.host_ends(s.outcome.hosts[5]);
  const std::vector<std::string_view> all = lines(text);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0], R"({"event":"host_begins","time":"T","host":"web1"})");
  EXPECT_EQ(all[1], R"({"event":"act","time":"T","host":"web1","address":"note /etc/b",)"
                    R"("act":"write\n/etc/b \u0023#[error]"})");
  EXPECT_EQ(all[2], R"({"event":"act","time":"T","host":"web1","act":"look"})");
  EXPECT_EQ(all[3], R"({"event":"note","time":"T","host":"web1","note":"taking back"})");
  EXPECT_EQ(all[4], R"({"event":"host_ends","time":"T","host":"db4","end":"applied","changed":3,)"
                    R"("took_ms":1234,"run":"20260101-120000-ef56"})");
}

TEST(JsonEvents, CarryTheTimeInUtc) {
  const Plan plan;
  std::string text;
  JsonEvents events(plan, [&](std::string_view piece) { text += piece; });
  events.host_begins("h1");
  const std::string time = json::parse(text)["time"];
  EXPECT_THAT(time, testing::MatchesRegex("20..-..-..T..:..:..\\....Z"));
}

}  // namespace
}  // namespace holdfast
