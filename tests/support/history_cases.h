#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <thread>

#include "engine/history/history.h"
#include "engine/history/schema.h"
#include "tests/support/temp_folder.h"

/// What every database must do for a history. Instantiated with SQLite among the unit tests, and
/// with a real PostgreSQL in tests/history.
namespace holdfast {

/// An empty database for one test.
class HistoryDatabase {
 public:
  virtual ~HistoryDatabase() = default;
  virtual HistoryPlace place() const = 0;
};
using MakeHistoryDatabase = std::function<std::unique_ptr<HistoryDatabase>()>;

class HistoryCases : public testing::TestWithParam<MakeHistoryDatabase> {
 protected:
  std::unique_ptr<History> open(Access access = Access::Durable) const {
    auto history = History::open(database_->place(), access);
    EXPECT_TRUE(history) << history.error().message;
    return history ? std::move(*history) : nullptr;
  }
  static void record(History& history, Entries entries) {
    const auto wrong = history.record(std::move(entries));
    ASSERT_TRUE(wrong) << wrong.error().message;
    EXPECT_THAT(*wrong, testing::IsEmpty());
  }
  static Doer ann() { return {"runners", "production", "ann", "vm", "paws360/app run 12 @0f1e"}; }
  static RunEntry run(const std::string& id, const std::string& host, const std::string& started) {
    RunEntry out{.run = id, .host = host, .command = "apply", .by = ann()};
    out.plan = "d1";
    out.started = started;
    return out;
  }
  static DriftEntry look(const std::string& host, const std::string& at, std::int64_t drift = 0) {
    DriftEntry out{.host = host, .by = ann(), .first = at, .last = at};
    out.result = drift > 0 ? "drift" : "same";
    out.drift = drift;
    out.resources = 5;
    if (drift > 0) out.what = {"file /etc/motd"};
    return out;
  }
  static AnchorEntry anchor(std::int64_t number, const std::string& head,
                            const std::string& seen = "2026-11-20T10:00:00Z") {
    return {.machine = "m1",
            .host = "h1",
            .head = {number, head},
            .seen = seen,
            .doubt = seen,
            .by = ann()};
  }
  static std::vector<std::string> told(const std::vector<RunEntry>& runs) {
    std::vector<std::string> out;
    for (const RunEntry& e : runs) out.push_back(e.run + " " + e.host + " " + e.status);
    return out;
  }

  std::unique_ptr<HistoryDatabase> database_ = GetParam()();
};

TEST_P(HistoryCases, HoldsNothingBeforeItIsWritten) {
  EXPECT_EQ(open(Access::Read), nullptr);
  ASSERT_NE(open(), nullptr);
  const auto history = open(Access::Read);
  ASSERT_NE(history, nullptr);
  EXPECT_THAT(*history->runs({}), testing::IsEmpty());
  EXPECT_THAT(*history->drift({}), testing::IsEmpty());
  EXPECT_EQ(history->plan("d1").error().code, Code::UnknownHistoryEntry);
}

TEST_P(HistoryCases, KeepsARunFromItsBeginningToItsEnd) {
  const auto history = open();
  RunEntry e = run("r1", "h1", "2026-11-20T10:00:00Z");
  e.machine = "m1";
  record(*history, {.runs = {e}});
  EXPECT_THAT(told(*history->runs({})), testing::ElementsAre("r1 h1 open"));
  e.status = "rolled-back";
  e.machine.clear();
  e.ended = "2026-11-20T10:01:00Z";
  e.changed = 3;
  e.error = "it failed: \x1b[2J";
  record(*history, {.runs = {e}});
  const auto runs = history->runs({});
  ASSERT_EQ(runs->size(), 1U);
  const RunEntry& kept = runs->front();
  EXPECT_EQ(kept.status, "rolled-back");
  EXPECT_EQ(kept.machine, "m1");
  EXPECT_EQ(kept.ended, "2026-11-20T10:01:00Z");
  EXPECT_EQ(kept.changed, 3);
  EXPECT_EQ(kept.error, "it failed: \\x1b[2J");
  EXPECT_EQ(kept.by.user, "ann");
  EXPECT_EQ(kept.by.ci, "paws360/app run 12 @0f1e");
  EXPECT_EQ(kept.plan, "d1");
}

TEST_P(HistoryCases, LearnsHowARunEndedThatItsControllerLost) {
  const auto history = open();
  record(*history, {.runs = {run("r1", "h1", "2026-11-20T10:00:00Z")}});
  const LaterEnd end{"r1", "h1", "rolled-back", "guard", "2026-11-20T11:00:00Z"};
  record(*history, {.ends = {end}});
  record(*history, {.ends = {{"r1", "h1", "rolled-back", "guard", "2026-11-21T11:00:00Z"},
                             {"r9", "h1", "rolled-back", "guard", "2026-11-21T11:00:00Z"}}});
  const auto runs = history->runs({});
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(runs->front().status, "rolled-back");
  EXPECT_EQ(runs->front().ended_by, "guard");
  EXPECT_EQ(runs->front().ended, "2026-11-20T11:00:00Z");
}

TEST_P(HistoryCases, ListsTheNewestFirstAndOnlyWhatIsWanted) {
  const auto history = open();
  record(*history,
         {.runs = {run("r1", "h2", "2026-11-20T10:00:00Z"), run("r1", "h1", "2026-11-20T10:00:00Z"),
                   run("r2", "h1", "2026-11-21T10:00:00Z"),
                   run("r_3", "h2", "2026-11-22T10:00:00Z")}});
  EXPECT_THAT(told(*history->runs({})),
              testing::ElementsAre("r_3 h2 open", "r2 h1 open", "r1 h1 open", "r1 h2 open"));
  EXPECT_THAT(told(*history->runs({.hosts = {"h2"}})),
              testing::ElementsAre("r_3 h2 open", "r1 h2 open"));
  EXPECT_THAT(told(*history->runs({.hosts = {"h1", "h2"}, .since = "2026-11-21"})),
              testing::ElementsAre("r_3 h2 open", "r2 h1 open"));
  EXPECT_THAT(told(*history->runs({.run = "r1"})),
              testing::ElementsAre("r1 h1 open", "r1 h2 open"));
  EXPECT_THAT(told(*history->runs({.run = "r_"})), testing::ElementsAre("r_3 h2 open"));
  EXPECT_THAT(told(*history->runs({.run = "%"})), testing::IsEmpty());
  EXPECT_THAT(told(*history->runs({.most = 2})), testing::ElementsAre("r_3 h2 open", "r2 h1 open"));
}

TEST_P(HistoryCases, KeepsAPlanOnceByItsDigest) {
  const auto history = open();
  const PlanEntry plan{"abc1", "2026-11-20T10:00:00Z", "plan", ann(),
                       "{\"format\": 1, \"x\": \"\\n'$1\"}\n"};
  record(*history, {.plans = {plan}});
  record(*history, {.plans = {{"abc1", "2026-11-21T10:00:00Z", "apply", {}, plan.document},
                              {"abd2", "2026-11-21T10:00:00Z", "apply", ann(), "{}"}}});
  const auto kept = history->plan("abc");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->document, plan.document);
  EXPECT_EQ(kept->made, "2026-11-20T10:00:00Z");
  EXPECT_EQ(kept->command, "plan");
  EXPECT_EQ(history->plan("ab").error().code, Code::UnknownHistoryEntry);
}

TEST_P(HistoryCases, JoinsLooksThatFoundTheSame) {
  const auto history = open();
  record(*history,
         {.drift = {look("h1", "2026-11-20T10:00:00Z"), look("h2", "2026-11-20T10:00:00Z")}});
  record(*history,
         {.drift = {look("h1", "2026-11-20T10:30:00Z"), look("h2", "2026-11-20T10:30:00Z", 1)}});
  record(*history,
         {.drift = {look("h2", "2026-11-20T11:00:00Z", 1), look("h1", "2026-11-20T11:00:00Z")}});
  const auto one = history->drift({.hosts = {"h1"}});
  ASSERT_EQ(one->size(), 1U);
  EXPECT_EQ(one->front().looks, 3);
  EXPECT_EQ(one->front().first, "2026-11-20T10:00:00Z");
  EXPECT_EQ(one->front().last, "2026-11-20T11:00:00Z");
  const auto two = history->drift({.hosts = {"h2"}});
  ASSERT_EQ(two->size(), 2U);
  EXPECT_EQ(two->front().result, "drift");
  EXPECT_EQ(two->front().looks, 2);
  EXPECT_THAT(two->front().what, testing::ElementsAre("file /etc/motd"));
  EXPECT_EQ(two->back().looks, 1);
  EXPECT_EQ(history->drift({.since = "2026-11-20T10:45:00Z", .most = 5})->size(), 2U);
  // Another scope is another row.
  DriftEntry part = look("h1", "2026-11-20T11:30:00Z");
  part.scope = "other.yaml";
  record(*history, {.drift = {part}});
  EXPECT_EQ(history->drift({.hosts = {"h1"}})->size(), 2U);
}

TEST_P(HistoryCases, TellsTheNewestOfEachHost) {
  const auto history = open();
  RunEntry other = run("r4", "h1", "2026-11-23T10:00:00Z");
  other.by.environment = "staging";
  record(*history,
         {.runs = {run("r1", "h1", "2026-11-20T10:00:00Z"), run("r1", "h2", "2026-11-20T10:00:00Z"),
                   run("r2", "h1", "2026-11-21T10:00:00Z"), other}});
  EXPECT_THAT(told(*history->runs({.latest = true})),
              testing::ElementsAre("r4 h1 open", "r2 h1 open", "r1 h2 open"));
  record(*history, {.drift = {look("h1", "2026-11-20T10:00:00Z", 1)}});
  record(*history, {.drift = {look("h1", "2026-11-20T11:00:00Z")}});
  const auto looks = history->drift({.latest = true});
  ASSERT_EQ(looks->size(), 1U);
  EXPECT_EQ(looks->front().result, "same");
}

TEST_P(HistoryCases, VouchesForAChain) {
  const auto history = open();
  record(*history, {.anchors = {anchor(3, "c")}});
  record(*history, {.anchors = {anchor(3, "c")}});
  record(*history, {.anchors = {anchor(5, "e", "2026-11-20T12:00:00Z")}});
  const auto anchors = history->anchors("m1");
  ASSERT_EQ(anchors->size(), 2U);
  EXPECT_EQ(anchors->back().number, 5);
  EXPECT_EQ(anchors->back().head, "e");
  EXPECT_THAT(*history->anchors("m2"), testing::IsEmpty());
}

TEST_P(HistoryCases, SaysWhereAChainContradictsWhatItKnows) {
  const auto history = open();
  record(*history, {.anchors = {anchor(5, "e")}});
  const auto other = history->record({.anchors = {anchor(5, "x", "2026-11-21T10:00:00Z")}});
  ASSERT_TRUE(other);
  EXPECT_THAT(*other,
              testing::ElementsAre(testing::HasSubstr("not the one that was there before")));
  const auto shorter = history->record({.anchors = {anchor(4, "d", "2026-11-21T10:00:00Z")}});
  EXPECT_THAT(*shorter, testing::Contains(testing::HasSubstr("link 4, where link 5 was seen")));
  // Somebody else may have seen more in the meantime.
  const auto meanwhile = history->record({.anchors = {anchor(4, "d", "2026-11-20T09:00:00Z")}});
  EXPECT_THAT(*meanwhile, testing::IsEmpty());
}

TEST_P(HistoryCases, BeginsAnewWhereItIsTold) {
  const auto history = open();
  record(*history, {.anchors = {anchor(5, "e")}});
  ASSERT_TRUE(history->accept(anchor(2, "x")));
  ASSERT_EQ(history->anchors("m1")->size(), 1U);
  EXPECT_EQ(history->anchors("m1")->front().head, "x");
  record(*history, {.anchors = {anchor(2, "x", "2026-11-21T10:00:00Z")}});
  // What was void may come true again.
  ASSERT_TRUE(history->accept(anchor(5, "e")));
  EXPECT_EQ(history->anchors("m1")->front().number, 5);
  ASSERT_TRUE(history->accept(anchor(0, "")));
  EXPECT_THAT(*history->anchors("m1"), testing::IsEmpty());
}

TEST_P(HistoryCases, WritesAllOrNothing) {
  const auto history = open();
  // The second row is the first one again, which no statement takes.
  const auto done =
      history->record({.plans = {{"abc1", "t", "plan", ann(), "{}"}},
                       .runs = {run("r1", "h1", "2026-11-20T10:00:00Z")},
                       .drift = {{.id = "1", .host = "h1"}, {.id = "1", .host = "h2"}}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::HistoryUnusable);
  EXPECT_THAT(*history->runs({}), testing::IsEmpty());
  EXPECT_FALSE(history->plan("abc1"));
  record(*history, {.runs = {run("r1", "h1", "2026-11-20T10:00:00Z")}});
}

TEST_P(HistoryCases, TakesAFleet) {
  const auto history = open();
  Entries entries;
  for (int i = 0; i < 2500; ++i) {
    const std::string host = "h" + std::to_string(i);
    entries.runs.push_back(run("r1", host, "2026-11-20T10:00:00Z"));
    entries.drift.push_back(look(host, "2026-11-20T10:00:00Z"));
    AnchorEntry a = anchor(1, "a");
    a.machine = host;
    entries.anchors.push_back(a);
  }
  record(*history, entries);
  record(*history, entries);
  EXPECT_EQ(history->runs({})->size(), 2500U);
  EXPECT_EQ(history->drift({.hosts = {"h7"}})->front().looks, 2);
}

TEST_P(HistoryCases, KeepsWhatServersHaveOfAHostUntilNothingIsLeft) {
  const auto history = open();
  const auto entry = [](const std::string& host, const std::string& document) {
    return OnServersEntry{.host = host, .seen = "now", .document = document, .by = ann()};
  };
  record(*history, {.on_servers = {entry("h2", "{}"), entry("h1", "{\"a\": 1}")}});
  record(*history, {.on_servers = {entry("h1", "{\"a\": 2}")}});
  const auto known = [&] {
    std::string out;
    const auto entries = history->on_servers("runners", "production");
    for (const OnServersEntry& e : *entries) out += e.host + " " + e.document + "; ";
    return out;
  };
  EXPECT_EQ(known(), "h1 {\"a\": 2}; h2 {}; ");
  record(*history, {.on_servers = {entry("h1", ""), entry("h3", "")}});
  EXPECT_EQ(known(), "h2 {}; ");
  EXPECT_THAT(*history->on_servers("runners", "staging"), testing::IsEmpty());
}

TEST_P(HistoryCases, BringsOlderTablesUpToDate) {
  open();
  auto database = open_database(database_->place(), Access::Write);
  ASSERT_TRUE((*database)->run("DROP TABLE holdfast_on_servers"));
  ASSERT_TRUE((*database)->run("UPDATE holdfast_schema SET version = 1"));
  const auto old = History::open(database_->place(), Access::Read);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, Code::HistoryUnusable);
  EXPECT_THAT(*open()->on_servers("runners", "production"), testing::IsEmpty());
}

TEST_P(HistoryCases, LeavesNewerTablesAlone) {
  open();
  auto database = open_database(database_->place(), Access::Write);
  ASSERT_TRUE((*database)->run("UPDATE holdfast_schema SET version = 99"));
  for (const Access access : {Access::Read, Access::Durable}) {
    const auto history = History::open(database_->place(), access);
    ASSERT_FALSE(history);
    EXPECT_EQ(history.error().code, Code::HistoryTooNew);
  }
}

TEST_P(HistoryCases, TakesManyControllersAtOnce) {
  constexpr int kControllers = 6, kRuns = 12;
  std::vector<std::string> errors(kControllers);
  {
    std::vector<std::jthread> controllers;
    for (int c = 0; c < kControllers; ++c) {
      controllers.emplace_back([&, c] {
        for (int i = 0; i < kRuns && errors[static_cast<std::size_t>(c)].empty(); ++i) {
          // Each opens it anew, the first ones while there are no tables yet.
          auto history = History::open(database_->place(), Access::Write);
          Result<std::vector<std::string>> done;
          if (history) {
            const std::string at = "2026-11-20T10:00:00Z",
                              id = std::to_string(c) + "-" + std::to_string(i);
            AnchorEntry first = anchor(i + 1, "a"), second = first;
            second.machine = "m2";
            done = (*history)->record(
                {.plans = {{"d", at, "apply", ann(), "{}"}},
                 .runs = {run(id, "h2", at), run(id, "h1", at)},
                 .drift = {look("h2", at), look("h1", at)},
                 .anchors = {c % 2 == 0 ? first : second, c % 2 == 0 ? second : first}});
          }
          if (!history) errors[static_cast<std::size_t>(c)] = history.error().message;
          if (history && !done) errors[static_cast<std::size_t>(c)] = done.error().message;
        }
      });
    }
  }
  EXPECT_THAT(errors, testing::Each(std::string()));
  const auto history = open();
  EXPECT_EQ(history->runs({})->size(), static_cast<std::size_t>(kControllers * kRuns * 2));
  EXPECT_EQ(history->anchors("m1")->size(), static_cast<std::size_t>(kRuns));
  std::int64_t looks = 0;
  const auto seen = history->drift({.hosts = {"h1"}});
  ASSERT_TRUE(seen) << seen.error().message;
  for (const DriftEntry& e : *seen) looks += e.looks;
  EXPECT_EQ(looks, kControllers * kRuns);
}

}  // namespace holdfast
