#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/api/servers.h"
#include "resources/github/route_move.h"
#include "resources/github/runner_acts.h"
#include "resources/github/runner_check.h"
#include "resources/registry.h"
#include "tests/resources/github/scopes.h"
#include "tests/support/fake_github.h"

namespace holdfast {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// What a runner is asked and told, as a run does it.
class GithubServiceTest : public testing::Test {
 protected:
  std::int64_t add(const std::string& name, const json& labels, bool online = true,
                   bool busy = false, const std::string& scope = "/repos/octo/hello") {
    const std::int64_t id =
        github_.tell("runner", {{"scope", scope}, {"name", name}, {"labels", labels}})["id"];
    github_.tell("runner-state", {{"id", id}, {"online", online}, {"busy", busy}});
    return id;
  }
  Server server(const std::string& token = "all") const {
    return {.service = "github",
            .address = github_.url(),
            .credential = Secret(token),
            .credential_name = "the token of github_runner one"};
  }
  Value ask(const GithubRunnerActs& of, const std::string& token = "all") {
    Answers out;
    const ServerQuery query{server(token), of.question()};
    ask_servers({query, query}, kinds_, contact_, out);
    return out.at(query.key());
  }
  Result<void> act(const std::string& what) {
    return make_call({.server = server(), .act = what, .note = "do it"}, kinds_, contact_);
  }

  FakeGithub github_;
  const Registry kinds_ = all_kinds();
  Contact contact_{.transport = [] { return curl_transport({}); }};
  const GithubRunnerActs one_{kRepository, "one"};
};

TEST_F(GithubServiceTest, TellsARunnerAsItIs) {
  add("One", {"Primary", "b"});
  const Value seen = ask(one_);
  ASSERT_TRUE(seen.is_map()) << seen.display();
  EXPECT_EQ(seen.as_map().find("labels")->display(), R"(["b","primary"])");
  EXPECT_TRUE(seen.as_map().find("online")->as_bool());
  EXPECT_TRUE(ask({kRepository, "two"}).is_null());
  EXPECT_THAT(ask(one_, "nobody's").as_unknown().cause, HasSubstr("401"));
}

TEST_F(GithubServiceTest, ACheckSaysWhatItFoundOrWhatIsWrong) {
  const auto check = [&](const std::string& name, const GithubRunnerCheck& wanted,
                         const std::string& token = "all") {
    const Probe::Remote asked{.server = server(token),
                              .question = github_check_text(kRepository, name, wanted),
                              .note = "it"};
    const auto found = ask_remote(asked, kinds_, contact_);
    return found ? *found : found.error().message;
  };
  add("one", {"Primary", "b"});
  EXPECT_EQ(check("one", {.idle = true, .labels = {"primary"}}),
            "online, idle; labels: b, primary");
  EXPECT_EQ(check("one", {.idle = false}), "runner one has no job");
  EXPECT_EQ(check("one", {.online = false}), "GitHub calls runner one online");
  EXPECT_EQ(check("one", {.labels = {"b", "c", "d"}}),
            "runner one lacks the labels c, d; its own are b, primary");
  EXPECT_EQ(check("two", {}), "GitHub has no runner two in octo/hello");
  add("two", json::array(), false);
  EXPECT_EQ(check("two", {}), "GitHub calls runner two offline");
  EXPECT_EQ(check("two", {.online = false}), "offline, idle; labels: none");
  add("three", json::array(), true, true);
  EXPECT_EQ(check("three", {.idle = true}), "runner three has a job");
  EXPECT_THAT(check("one", {}, "nobody's"), HasSubstr("401"));

  github_.tell("token", {{"value", "short"}, {"expires_in", 5 * 86400 + 60}});
  EXPECT_THAT(check("one", {}, "short"), HasSubstr("; the token expires "));
  const auto expiring = check("one", {.token_holds = std::chrono::hours(14 * 24)}, "short");
  EXPECT_THAT(expiring, HasSubstr("in 5 days: less than 14 days"));
}

TEST_F(GithubServiceTest, LabelsAreChangedOnlyFromWhatTheyWere) {
  add("one", {"a"});
  EXPECT_TRUE(act(one_.set_labels({"b", "c"}, {"a"})));
  EXPECT_EQ(ask(one_).as_map().find("labels")->display(), R"(["b","c"])");
  EXPECT_TRUE(act(one_.set_labels({"b", "c"}, {"a"}))) << "done already";
  EXPECT_EQ(act(one_.set_labels({}, {"a"})).error().code, Code::ServerMoved);
  EXPECT_EQ(act(GithubRunnerActs(kRepository, "two").set_labels({}, {})).error().code,
            Code::ServerMoved);
}

TEST_F(GithubServiceTest, LabelsOfRoutesComeAndGoBesideItsOwn) {
  const auto labels = [&](const GithubRunnerActs& of) {
    return ask(of).as_map().find("labels")->display();
  };
  add("one", {"a", "route-x"});
  add("two", {"a"});
  EXPECT_TRUE(act(one_.set_labels({"b"}, {"a"})));
  EXPECT_EQ(labels(one_), R"(["b","route-x"])") << "it is no concern of its own labels";
  // It is drained, and gets back what nobody else has got meanwhile.
  EXPECT_TRUE(act(one_.set_labels({}, {"b"}, {.off = true})));
  EXPECT_EQ(labels(one_), "[]");
  EXPECT_TRUE(act(one_.set_labels({"b"}, {}, {.back = {"route-x"}})));
  EXPECT_EQ(labels(one_), R"(["b","route-x"])");
  EXPECT_TRUE(act(one_.set_labels({}, {"b"}, {.off = true})));
  const GithubRunnerActs two(kRepository, "two");
  EXPECT_TRUE(act(route_move_act(kRepository, {.label = "route-x", .to = {"two"}})));
  EXPECT_TRUE(act(one_.set_labels({"b"}, {}, {.back = {"route-x"}})));
  EXPECT_EQ(labels(one_), R"(["b"])");
  EXPECT_EQ(labels(two), R"(["a","route-x"])");
}

/// Lists of runners as they were before the first change, so many times; then as they are.
class LateLists final : public HttpTransport {
 public:
  explicit LateLists(int times) : times_(times) {}
  HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>& go_on) override {
    const bool reads = request.method == "GET";
    changed_ = changed_ || !reads;
    if (reads && changed_ && times_-- > 0) return before_;
    HttpOutcome now = way_->exchange(request, go_on);
    if (reads && !changed_) before_ = now;
    return now;
  }

 private:
  int times_;
  bool changed_ = false;
  HttpOutcome before_;
  std::unique_ptr<HttpTransport> way_ = curl_transport({});
};

TEST_F(GithubServiceTest, AListThatLagsBehindIsLookedAtAgainBeforeAMoveIsCalledSomebodyElses) {
  add("one", {"route-x"});
  add("two", json::array());
  const auto move = [&](const char* from, const char* to, int late) {
    contact_.transport = [late] { return std::make_unique<LateLists>(late); };
    return act(route_move_act(kRepository, {.label = "route-x", .from = {from}, .to = {to}}));
  };
  const auto moved = move("one", "two", 2);
  EXPECT_TRUE(moved) << moved.error().message;
  const auto never = move("two", "one", 3);
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, Code::RouteHeld);
  EXPECT_THAT(never.error().message, HasSubstr("to one, and GitHub still lists it with two"));
}

TEST_F(GithubServiceTest, ANameIsClaimedFromWhatIsOfflineAndNothingElse) {
  EXPECT_TRUE(act(one_.claim()));
  add("one", json::array(), false);
  EXPECT_TRUE(act(one_.claim()));
  EXPECT_TRUE(ask(one_).is_null());
  add("one", json::array());
  EXPECT_EQ(act(one_.claim()).error().code, Code::ServerMoved);
  EXPECT_TRUE(act(one_.remove()));
  EXPECT_TRUE(act(one_.remove())) << "gone already";
}

TEST_F(GithubServiceTest, ARunnerMovesBetweenGroupsThatAreThere) {
  add("one", json::array(), true, false, "/orgs/octo");
  const GithubRunnerActs one(kOrganization, "one");
  EXPECT_EQ(ask(one).as_map().find("group")->display(), "Default");
  EXPECT_TRUE(act(one.move_to_group("Default")));
  const auto moved = act(one.move_to_group("nobody's"));
  EXPECT_THAT(moved.error().message, HasSubstr("no runner group nobody's"));
}

TEST_F(GithubServiceTest, WaitsUntilItHasNoJobAndIsOnline) {
  using std::chrono::milliseconds;
  const std::int64_t id = add("one", json::array(), false, true);
  EXPECT_THAT(act(one_.wait_idle(milliseconds(50), milliseconds(300), false)).error().message,
              HasSubstr("still has work"));
  EXPECT_TRUE(act(one_.wait_idle(milliseconds(50), milliseconds(300), true)));
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(300));
    github_.tell("runner-state", {{"id", id}, {"online", true}, {"busy", false}});
  });
  EXPECT_TRUE(act(one_.wait_idle(milliseconds(50), milliseconds(60'000), false)));
  EXPECT_TRUE(act(one_.wait_online()));
  later.join();
  github_.tell("runner-state", {{"id", id}, {"online", false}, {"busy", false}});
  contact_.may_wait = [] { return false; };
  EXPECT_THAT(act(one_.wait_online()).error().message, HasSubstr("GitHub calls it offline"));
}

TEST_F(GithubServiceTest, IssuesRegistrationTokens) {
  const auto token = get_issued({server(), one_.registration()}, kinds_, contact_);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_FALSE(token->reveal().empty());
  Server nobody = server();
  nobody.credential.reset();
  EXPECT_EQ(get_issued({nobody, one_.registration()}, kinds_, contact_).error().code,
            Code::CredentialMissing);
}

TEST_F(GithubServiceTest, RegistersForOneJob) {
  const GithubRunnerActs one(kRepository, "one", true);
  const auto made =
      get_issued({server(), one.for_one_job({"self-hosted", "Gpu"}, "", "_w")}, kinds_, contact_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_GT(made->reveal().size(), 100U);
  EXPECT_EQ(ask(one).as_map().find("labels")->display(), R"(["gpu"])");
  const auto again = get_issued({server(), one.for_one_job({"a"}, "", "_w")}, kinds_, contact_);
  EXPECT_EQ(again.error().code, Code::ServerRefused) << "the name is taken";
  EXPECT_EQ(again.error().message.find(made->reveal().substr(0, 40)), std::string::npos);
  const GithubRunnerActs of_octo(kOrganization, "one", true);
  EXPECT_TRUE(
      get_issued({server(), of_octo.for_one_job({"a"}, "Default", "_w")}, kinds_, contact_));
  EXPECT_THAT(get_issued({server(), of_octo.for_one_job({"a"}, "nobody's", "_w")}, kinds_, contact_)
                  .error()
                  .message,
              HasSubstr("no runner group nobody's"));
}

TEST_F(GithubServiceTest, OneThatHasDoneItsOneJobIsWaitedForNoMore) {
  const GithubRunnerActs gone(kRepository, "gone", true);
  EXPECT_TRUE(act(gone.set_labels({}, {"a"})));
  EXPECT_TRUE(act(gone.wait_online()));
}

TEST_F(GithubServiceTest, TellsWhenTheTokenEndsThoughThereIsNoRunnerYet) {
  const std::string token = github_.tell("token", {{"kind", "fine-grained"},
                                                   {"permissions", {{"administration", "write"}}},
                                                   {"expires_in", 86400}})["token"];
  const Value seen = ask({kRepository, "nobody"}, token);
  ASSERT_TRUE(seen.is_map()) << seen.display();
  EXPECT_EQ(seen.as_map().find("id"), nullptr);
  EXPECT_GT(seen.as_map().find("token_expires")->as_int(), 1'700'000'000);
}

TEST_F(GithubServiceTest, WhatAHostSaysIsNotBelieved) {
  for (const char* text : {"", "[]", "{}", R"({"do": "remove"})", R"({"do": 1, "scope": 2})"}) {
    EXPECT_EQ(act(text).error().code, Code::RecordUnreadable) << text;
  }
  EXPECT_EQ(
      act(R"({"do": "burn", "scope": "repository", "of": "a/b", "runner": "x"})").error().code,
      Code::RecordTooNew);
  const PendingCall pending{.service = "github",
                            .address = "http://elsewhere",
                            .act = one_.remove(),
                            .note = "remove it",
                            .credential = "the token of github_runner one"};
  const auto nobody = [](const PendingCall&) { return std::optional<Server>(); };
  const auto back = take_back_call(pending, nobody, kinds_, contact_);
  EXPECT_EQ(back.error().code, Code::CredentialMissing);
  EXPECT_THAT(back.error().message, HasSubstr("the token of github_runner one"));
}

}  // namespace
}  // namespace holdfast
