#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/api/servers.h"
#include "engine/core/text.h"
#include "engine/plan/candidates.h"
#include "engine/plan/diff.h"
#include "engine/wiring/ends.h"
#include "resources/registry.h"
#include "resources/route/gate_text.h"
#include "resources/route/route.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"
#include "tests/support/fake_github.h"

namespace holdfast {

std::unique_ptr<Kind> make_runner_route_kind();

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Value prometheus(const char* query, const char* is) {
  return state({{"prometheus", state({{"query", query}, {"is", is}})}});
}

Value candidate(const char* runner, bool authorized = true,
                ValueList gate = {prometheus("up", "== 1")}, ValueList labels = {"production"}) {
  return state({{"runner", runner},
                {"labels", std::move(labels)},
                {"authorized", authorized},
                {"gate", std::move(gate)}});
}

State wished_route(State more = {}) {
  State out = state({{"url", "https://github.com/octo/hello"},
                     {"token", Secret("ghp-secret")},
                     {"candidates", ValueList{candidate("one"), candidate("two")}},
                     {"prometheus", "http://127.0.0.1:9090"},
                     {"back_after", 300.0}});
  for (const auto& [name, value] : more) out.set(name, value);
  return out;
}

/// A runner as GitHub lists it.
struct Listed {
  const char* name;
  std::vector<std::string> labels{"production"};
  bool online = true;
  bool busy = false;
};

Value listed(const std::vector<Listed>& runners) {
  const auto texts = [](const std::vector<std::string>& all) {
    ValueList out;
    for (const std::string& text : all) out.emplace_back(text);
    return Value(std::move(out));
  };
  ValueList out;
  for (const Listed& one : runners) {
    out.push_back(state({{"name", one.name},
                         {"online", one.online},
                         {"busy", one.busy},
                         {"labels", texts(one.labels)},
                         {"fixed", texts({"linux", "self-hosted", "x64"})}}));
  }
  return Value(std::move(out));
}

GateAnswer well() { return {.passed = true, .recovered = true}; }
GateAnswer young() { return {.passed = true, .why_not_recovered = "only for 1m"}; }
GateAnswer bad() { return {.why = "cpu gives 99, not <= 90"}; }

class RunnerRoute : public testing::Test {
 protected:
  Resource route(State more = {}, bool absent = false) {
    return resource_for(*kind_, "production", wished_route(std::move(more)), absent);
  }

  Answers answers(const Resource& of, const Value& runners, const std::vector<GateAnswer>& gates) {
    Answers out;
    const auto asked = kind_->server_queries(of);
    out.set(asked.front().key(), runners);
    // Equal gates are asked once, so each candidate of these tests has one of its own.
    for (std::size_t i = 1; i < asked.size(); ++i)
      out.set(asked[i].key(), gate_value(gates.at(i - 1)));
    return out;
  }

  Change change(const Resource& of, const Answers& seen) {
    auto read = kind_->read(of, seen);
    EXPECT_TRUE(read) << read.error().message;
    return diff(*kind_, of, *read);
  }

  /// What is done, in words; "-": nothing.
  std::string done(const Resource& of, const Answers& seen) {
    const Change found = change(of, seen);
    for (const AttributeChange& attribute : found.attributes) {
      if (const Unknown* unknown = attribute.before.find_unknown())
        return "unknown: " + unknown->cause;
    }
    const auto steps = kind_->steps(of, found);
    return steps.empty() ? "-" : describe(steps.front().step);
  }

  std::string done(const std::vector<Listed>& runners, const std::vector<GateAnswer>& gates) {
    return done(two(), answers(two(), listed(runners), gates));
  }

  Resource two() {
    return route(
        {state({{"candidates", ValueList{candidate("one"),
                                         candidate("two", true, {prometheus("up", "> 0")})}}})});
  }

  std::unique_ptr<Kind> kind_ = make_runner_route_kind();
};

constexpr const char* kRouteLabel = "route-production";

TEST_F(RunnerRoute, IsLeftAloneWhereTheFirstFitOneHasIt) {
  EXPECT_EQ(done({{"one", {"production", kRouteLabel}}, {"two"}}, {well(), well()}), "-");
  EXPECT_EQ(done({{"one"}, {"two", {"production", kRouteLabel}}}, {bad(), well()}), "-");
}

TEST_F(RunnerRoute, GoesToTheFirstThatIsFit) {
  EXPECT_EQ(done({{"one"}, {"two"}}, {well(), well()}), "give route-production to one");
  EXPECT_EQ(done({{"one"}, {"two"}}, {young(), well()}), "give route-production to one");
  EXPECT_EQ(done({{"one"}, {"two"}}, {bad(), well()}), "give route-production to two");
  EXPECT_EQ(done({{"one", {"production", kRouteLabel}}, {"two"}}, {bad(), well()}),
            "move route-production from one to two");
  EXPECT_EQ(done({{"One", {"production", kRouteLabel}, false}, {"two"}}, {well(), well()}),
            "move route-production from One to two");
}

TEST_F(RunnerRoute, ComesBackOnlyOnceTheFirstHasRecovered) {
  EXPECT_EQ(done({{"one"}, {"two", {"production", kRouteLabel}}}, {young(), well()}), "-");
  EXPECT_EQ(done({{"one"}, {"two", {"production", kRouteLabel}}}, {well(), well()}),
            "move route-production from two to one");
  EXPECT_EQ(done({{"one"}, {"two", {"production", kRouteLabel}}}, {young(), bad()}),
            "move route-production from two to one")
      << "whoever is fit is better than one that isn't";
}

TEST_F(RunnerRoute, OneThatIsDrainedOrGoneDoesNotGetIt) {
  EXPECT_EQ(done({{"one", {}}, {"two"}}, {well(), well()}), "give route-production to two");
  EXPECT_EQ(done({{"two"}}, {well(), well()}), "give route-production to two");
}

TEST_F(RunnerRoute, NobodyElseKeepsIt) {
  EXPECT_EQ(done({{"evil", {kRouteLabel}}, {"one", {"production", kRouteLabel}}, {"two"}},
                 {well(), well()}),
            "move route-production from evil, one to one");
  EXPECT_EQ(done({{"evil", {kRouteLabel}}, {"one"}, {"two"}}, {bad(), bad()}),
            "take route-production from evil");
}

TEST_F(RunnerRoute, WhereNoneIsFitItStaysAndSaysWhy) {
  const std::string said =
      done({{"one", {"production", kRouteLabel}, false}, {"two"}}, {well(), bad()});
  EXPECT_THAT(said, HasSubstr("unknown: no candidate is fit [HF5017], so it stays with one"));
  EXPECT_THAT(said, HasSubstr("one: GitHub calls it offline"));
  EXPECT_THAT(said, HasSubstr("two: cpu gives 99, not <= 90"));
  EXPECT_THAT(done({}, {well(), well()}), HasSubstr("GitHub knows no runner of this name"));
}

TEST_F(RunnerRoute, WhatCantBeAskedIsNotGuessed) {
  const Resource one = two();
  EXPECT_THAT(done(one, answers(one, Unknown{"GitHub does not answer"}, {well(), well()})),
              HasSubstr("unknown: GitHub does not answer"));
  Answers silent =
      answers(one, listed({{"one", {"production", kRouteLabel}}, {"two"}}), {bad(), well()});
  silent.set(kind_->server_queries(one)[1].key(), Unknown{"no way to Prometheus"});
  EXPECT_EQ(done(one, silent), "move route-production from one to two");
}

TEST_F(RunnerRoute, SaysWhereJobsGoAndWhy) {
  const Resource one = two();
  const Answers seen =
      answers(one, listed({{"one", {"production", kRouteLabel}}, {"two"}}), {bad(), well()});
  EXPECT_THAT(kind_->notes(one, change(one, seen), seen),
              ElementsAre("sends jobs for route-production to two; one: cpu gives 99, not <= 90"));
}

TEST_F(RunnerRoute, WhatItIsLikeDoesNotChangeWithEveryFigure) {
  const Resource one = two();
  const Value runners = listed({{"one", {"production", kRouteLabel}}, {"two"}});
  const auto before = kind_->read(one, answers(one, runners, {bad(), well()}));
  const auto after = kind_->read(one, answers(one, runners, {{.why = "gives 98"}, young()}));
  EXPECT_EQ(Value(**before).display(), Value(**after).display());
}

TEST_F(RunnerRoute, GoesAway) {
  const Resource gone = route({}, true);
  EXPECT_THAT(kind_->server_queries(gone), testing::SizeIs(1));
  EXPECT_EQ(done(gone, answers(gone, listed({{"one", {kRouteLabel}}}), {})),
            "take route-production from one");
  EXPECT_EQ(done(gone, answers(gone, listed({{"one"}}), {})), "-");
}

TEST_F(RunnerRoute, NoStepShowsTheToken) {
  const Resource one = two();
  const Change found = change(one, answers(one, listed({{"one"}, {"two"}}), {well(), well()}));
  const auto steps = kind_->steps(one, found);
  ASSERT_THAT(steps, testing::SizeIs(1));
  const auto& call = std::get<Call>(steps.front().step);
  EXPECT_EQ((call.act + std::get<std::string>(call.undo)).find("ghp-secret"), std::string::npos);
  EXPECT_TRUE(kind_->effects(one, found).makes);
}

TEST_F(RunnerRoute, WhatIsStatedWronglyIsSaid) {
  const auto said = [&](State more) { return check_text(*kind_, route({std::move(more)})); };
  const auto with = [&](ValueList all) {
    return said(state({{"candidates", Value(std::move(all))}}));
  };
  EXPECT_EQ(said({}), "");
  EXPECT_THAT(said(state({{"url", "https://github.com/a/b/c"}})), HasSubstr("is no repository"));
  EXPECT_THAT(said(state({{"prometheus", "https://p"}})), HasSubstr("only http://"));
  EXPECT_THAT(with({}), HasSubstr("nobody to choose"));
  EXPECT_THAT(with({candidate("one"), candidate("ONE")}), HasSubstr("stands there twice"));
  EXPECT_THAT(with({candidate("one", false)}), HasSubstr("HF7183"));
  EXPECT_THAT(with({candidate("one", false)}), HasSubstr("runner one is not authorized"));
  EXPECT_THAT(with({candidate("one", true, {}, {})}), HasSubstr("has no labels"));
  EXPECT_THAT(with({candidate("one", true, {}, {"route-x"})}), HasSubstr("route-x moves"));
  EXPECT_THAT(with({candidate("one", true, {prometheus("up{", "== 1")})}), HasSubstr("at byte"));
  EXPECT_THAT(with({candidate("one", true, {prometheus("up", "is fine")})}),
              HasSubstr("no comparison"));
  EXPECT_THAT(with({candidate("one", true, {Value(ValueMap())})}), HasSubstr("either"));
  EXPECT_THAT(with({candidate("one", true, {}), candidate("two")}),
              HasSubstr("nobody remembers for how long runner one has been well"));
  EXPECT_EQ(said(state({{"candidates", ValueList{candidate("one", true, {}), candidate("two")}},
                        {"back_after", 0.0}})),
            "");
  Resource named = route();
  named.name = "route-production";
  EXPECT_THAT(check_text(*kind_, named), HasSubstr("not a route's name"));
}

TEST_F(RunnerRoute, ItsGateIsWiredToMetricsAndItsLabelToNobodyElse) {
  const Resource one = route();
  Ends ends;
  dynamic_cast<const Wired&>(*kind_).ends(one, ends);
  ASSERT_THAT(ends.soles, testing::SizeIs(1));
  EXPECT_EQ(ends.soles[0].what, "the label route-production at https://github.com/octo/hello");
  ASSERT_THAT(ends.uses, testing::SizeIs(2));
  EXPECT_EQ(ends.uses[0].metric, "up");
  EXPECT_EQ(ends.uses[0].what, "the gate of runner one");
}

TEST_F(RunnerRoute, TellsOfEachCandidateWhetherItIsFit) {
  const Resource one = two();
  const auto& chooses = dynamic_cast<const Chooses&>(*kind_);
  const Value runners =
      listed({{"one", {"production"}, false}, {"two", {"production"}, true, true}});
  const auto found = chooses.candidates(one, answers(one, runners, {well(), well()}));
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(*found, testing::SizeIs(2));
  EXPECT_EQ((*found)[0].why, "GitHub calls it offline");
  EXPECT_TRUE((*found)[1].fit && !(*found)[1].idle);
  EXPECT_THAT((*found)[1].labels, ElementsAre("production"));
  EXPECT_FALSE(chooses.candidates(one, answers(one, Unknown{"?"}, {well(), well()})));
  // Labels add up: a job for those of the second may go to the first, whose gate fails.
  const auto both =
      chooses.candidates(one, answers(one, listed({{"one"}, {"two"}}), {bad(), well()}));
  EXPECT_EQ((*both)[1].why, "its labels reach runner one as well, which is not fit");
}

TEST(Gates, AreReadBackAsTheyWereWritten) {
  const Gate gate{.questions = {{.query = "up", .is = "== 1"},
                                {.url = "http://h/", .body = "OK", .status = 204}},
                  .recovery = {{.query = "cpu", .is = "< 70"}},
                  .held = std::chrono::minutes(5)};
  const auto back = read_gate(gate_text(gate));
  ASSERT_TRUE(back);
  EXPECT_EQ(gate_text(*back), gate_text(gate));
  EXPECT_EQ(back->held, gate.held);
  for (const char* text : {"", "[]", "{}", R"({"gate": 1})"}) EXPECT_FALSE(read_gate(text)) << text;
}

TEST(Gates, HoldIsAskedOfEveryMoment) {
  const auto held = [](const char* query, const char* is, int seconds) {
    const HeldQuery out = held_query({.query = query, .is = is}, std::chrono::seconds(seconds));
    return out.text + " | " + out.is;
  };
  EXPECT_EQ(held("up", "== 1", 300),
            "min_over_time(((up) == bool 1.0)[5m:15s]) and (count_over_time(((up) == bool "
            "1.0)[5m:15s]) >= 20) | == 1");
  EXPECT_EQ(held("a or b", "some", 2), "count_over_time((a or b)[2s:1s]) >= 2 | some");
  EXPECT_EQ(held("ALERTS", "none", 60), "count_over_time((ALERTS)[1m:3s]) | none");
}

/// Answers what it is asked for by paths, in place of any server.
class Scripted final : public HttpTransport {
 public:
  explicit Scripted(std::map<std::string, HttpReply>& replies) : replies_(replies) {}
  HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>&) override {
    for (const auto& [part, reply] : replies_) {
      if (request.url.find(part) != std::string::npos) return reply;
    }
    return HttpBroken{.why = "nobody there"};
  }

 private:
  std::map<std::string, HttpReply>& replies_;
};

class GateService : public testing::Test {
 protected:
  GateAnswer ask(const Gate& gate) {
    Server at{.service = kGateService, .address = "http://prometheus"};
    at.through_host = true;
    const ServerQuery query{at, gate_text(gate)};
    Answers out;
    const auto way = [this] { return std::make_unique<Scripted>(replies_); };
    ask_servers({query}, kinds_, {Contact{}, way}, out);
    return gate_answer(out.at(query.key()));
  }
  static HttpReply sample(const char* value) {
    return {.status = 200,
            .body = std::string(R"({"status":"success","data":{"resultType":"vector","result":[)") +
                    (*value == '\0' ? ""
                                    : R"({"metric":{"__name__":"x"},"value":[1,")" +
                                          std::string(value) + "\"]}") +
                    "]}}"};
  }

  std::map<std::string, HttpReply> replies_;
  const Registry kinds_ = all_kinds();
};

TEST_F(GateService, PassesWhereEveryAnswerIsRight) {
  replies_["http://prometheus/api/v1/query?query=x"] = sample("1");
  replies_["http://h/health"] = {.status = 200, .body = "OK"};
  const Gate gate{
      .questions = {{.query = "x", .is = "== 1"}, {.url = "http://h/health", .body = "OK"}}};
  EXPECT_TRUE(ask(gate).passed);
  EXPECT_TRUE(ask(gate).recovered);
  replies_["http://h/health"].body = "DOWN";
  EXPECT_THAT(ask(gate).why, HasSubstr("answered without 'OK': DOWN"));
  replies_["http://h/health"].status = 503;
  EXPECT_THAT(ask(gate).why, HasSubstr("answered 503, not 200"));
  replies_["http://prometheus/api/v1/query?query=x"] = sample("0");
  EXPECT_THAT(ask(gate).why, HasSubstr("x{} 0.0, not == 1"));
  replies_.erase("http://prometheus/api/v1/query?query=x");
  EXPECT_THAT(ask(gate).why, HasSubstr("http://prometheus/api/v1/query does not answer"));
}

TEST_F(GateService, HasRecoveredOnlyAfterAWhile) {
  Gate gate{.questions = {{.query = "x", .is = "== 1"}},
            .recovery = {{.query = "x", .is = "== 1"}},
            .held = std::chrono::minutes(5)};
  replies_["query=x"] = sample("1");
  replies_["query=min_over_time"] = sample("");
  GateAnswer found = ask(gate);
  EXPECT_TRUE(found.passed && !found.recovered);
  EXPECT_EQ(found.why_not_recovered, "'x' was not == 1 for all of the last 5m");
  replies_["query=min_over_time"] = sample("1");
  EXPECT_TRUE(ask(gate).recovered);
}

/// A route between runners that GitHub's stand-in knows.
class RouteAtGithub : public RunnerRoute {
 protected:
  void SetUp() override {
    for (const char* name : {"one", "two"}) {
      const nlohmann::json said{
          {"scope", "/repos/octo/hello"}, {"name", name}, {"labels", {"production"}}};
      ids_[name] = github_.tell("runner", said)["id"];
      github_.tell("runner-state", {{"id", ids_[name]}, {"online", true}});
    }
  }
  void online(const char* name, bool is) {
    github_.tell("runner-state", {{"id", ids_[name]}, {"online", is}});
  }
  Resource here() {
    return route(
        {state({{"api", github_.url()},
                {"token", Secret("all")},
                {"candidates", ValueList{candidate("one", true, {}), candidate("two", true, {})}},
                {"back_after", 0.0}})});
  }
  Answers seen() {
    Answers out;
    ask_servers(kind_->server_queries(here()), kinds_, contact_, out);
    return out;
  }
  Call call() {
    const auto steps = kind_->steps(here(), change(here(), seen()));
    EXPECT_THAT(steps, testing::SizeIs(1));
    return steps.empty() ? Call{} : std::get<Call>(steps.front().step);
  }
  Result<void> make(const Call& made) { return make_call(made, kinds_, contact_); }
  Result<void> take_back(const Call& made) {
    Call back = made;
    back.act = std::get<std::string>(made.undo);
    return make_call(back, kinds_, contact_);
  }
  std::string holders() { return join(route_seen(route_wish(here()), seen()).holders, ", "); }

  FakeGithub github_;
  std::map<std::string, std::int64_t> ids_;
  const Registry kinds_ = all_kinds();
  const Contact contact_ = plain_contact();
};

TEST_F(RouteAtGithub, MovesAndIsTakenBack) {
  const Call given = call();
  ASSERT_TRUE(make(given));
  EXPECT_EQ(holders(), "one");
  online("one", false);
  const Call moved = call();
  EXPECT_EQ(moved.note, "move route-production from one to two");
  ASSERT_TRUE(make(moved));
  EXPECT_EQ(holders(), "two");
  const int changes = github_.asked("POST") + github_.asked("DELETE");
  ASSERT_TRUE(make(moved)) << "done already";
  EXPECT_EQ(github_.asked("POST") + github_.asked("DELETE"), changes);
  ASSERT_TRUE(take_back(moved));
  EXPECT_EQ(holders(), "one");
  ASSERT_TRUE(take_back(moved)) << "taken back already";
  ASSERT_TRUE(take_back(given));
  EXPECT_EQ(holders(), "");
}

TEST_F(RouteAtGithub, CutOffAnywhereItGoesOnOrBack) {
  ASSERT_TRUE(make(call()));
  online("one", false);
  const Call moved = call();
  // Taken from the one, not given to the other yet.
  github_.tell("fault", {{"what", "status"},
                         {"verb", "POST"},
                         {"path", ".*labels.*"},
                         {"status", 500},
                         {"times", 2}});
  EXPECT_FALSE(make(moved));
  EXPECT_EQ(holders(), "");
  ASSERT_TRUE(take_back(moved));
  EXPECT_EQ(holders(), "one");
  // Given, and the answer lost.
  github_.tell(
      "fault",
      {{"what", "close"}, {"verb", "POST"}, {"path", ".*labels.*"}, {"after", true}, {"times", 1}});
  ASSERT_TRUE(make(moved));
  EXPECT_EQ(holders(), "two");
}

TEST_F(RouteAtGithub, OfTwoThatMoveItOneWins) {
  ASSERT_TRUE(make(call()));
  online("one", false);
  const Call mine = call();
  online("one", true);
  online("two", false);
  EXPECT_THAT(make(mine).error().message, HasSubstr("GitHub calls it offline now"));
  EXPECT_EQ(holders(), "one");
  const nlohmann::json third{
      {"scope", "/repos/octo/hello"}, {"name", "three"}, {"labels", {"route-production"}}};
  github_.tell("runner", third);
  online("two", true);
  const auto refused = make(mine);
  EXPECT_EQ(refused.error().code, Code::RouteHeld);
  EXPECT_THAT(refused.error().message, HasSubstr("it was with one, and is with one, three"));
  EXPECT_EQ(take_back(mine).error().code, Code::RouteHeld) << "theirs is left alone";
}

TEST_F(RouteAtGithub, DoesNotTouchOtherLabels) {
  ASSERT_TRUE(make(call()));
  for (const auto& exchange : github_.know("requests")) EXPECT_NE(exchange["verb"], "PUT");
  const RouteSeen after = route_seen(route_wish(here()), seen());
  EXPECT_TRUE(after.candidates[0].fit) << "it still has its own: " << after.candidates[0].why;
}

}  // namespace
}  // namespace holdfast
