#include "resources/github/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/resources/github/scopes.h"
#include "tests/support/fake_github.h"

namespace holdfast {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kRunners = "/repos/octo/hello/actions/runners.*";

/// Impatient, so that a test doesn't wait long.
GithubClient client_of(const FakeGithub& github, const std::string& token = "all",
                       const std::string& base = "") {
  ApiClock clock = ApiClock::real(nullptr);
  return {github.url() + base,
          Secret(token),
          {.attempts = 3,
           .first_pause = std::chrono::milliseconds(1),
           .longest_wait = std::chrono::seconds(2)},
          curl_transport({.connect_limit = std::chrono::milliseconds(20'000),
                          .limit = std::chrono::milliseconds(5'000),
                          .proxy = "",
                          .ca_file = ""}),
          clock};
}

std::int64_t add_runner(FakeGithub& github, const std::string& name,
                        const json& labels = json::array(),
                        const std::string& scope = "/repos/octo/hello") {
  return github.tell("runner", {{"scope", scope}, {"name", name}, {"labels", labels}})["id"];
}

TEST(GithubClient, SeesRunnersAsTheyAre) {
  FakeGithub github;
  const std::int64_t id = add_runner(github, "One", {"Primary", "b"});
  github.tell("runner-state", {{"id", id}, {"online", true}, {"busy", true}});
  GithubClient client = client_of(github);
  const auto found = client.find(kRepository, "one");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, id);
  EXPECT_TRUE((*found)->online);
  EXPECT_TRUE((*found)->busy);
  EXPECT_THAT((*found)->custom_labels(), ElementsAre("b", "primary"));
  EXPECT_EQ((*found)->labels.size(), 5U);
  EXPECT_FALSE(*client.find(kRepository, "two"));
  EXPECT_EQ((*client.find(kRepository, id))->name, "One");
  EXPECT_FALSE(*client.find(kRepository, std::int64_t{999'999}));
}

TEST(GithubClient, ReadsAllPages) {
  FakeGithub github;
  for (int i = 0; i < 105; ++i) add_runner(github, "r" + std::to_string(i));
  GithubClient client = client_of(github);
  EXPECT_EQ(client.runners(kRepository)->size(), 105U);
  // The second time nothing has changed: no answer has a body.
  EXPECT_EQ(client.runners(kRepository)->size(), 105U);
  const json requests = github.know("requests");
  EXPECT_EQ(requests[0]["status"], 200);
  EXPECT_EQ(requests[2]["status"], 304);
  EXPECT_EQ(requests[3]["status"], 304);
}

TEST(GithubClient, ChangesLabelsGroupsAndRunners) {
  FakeGithub github;
  const std::int64_t id = add_runner(github, "one", {"old"}, "/orgs/octo");
  // As on GitHub Enterprise Server.
  GithubClient client = client_of(github, "all", "/api/v3");
  EXPECT_TRUE(client.set_labels(kOrganization, id, {"new", "Primary"}));
  EXPECT_THAT((*client.find(kOrganization, id))->custom_labels(), ElementsAre("new", "primary"));
  const auto groups = client.groups(kOrganization);
  ASSERT_TRUE(groups);
  ASSERT_EQ(groups->size(), 1U);
  EXPECT_TRUE((*groups)[0].is_default);
  EXPECT_TRUE(client.move_to_group(kOrganization, id, 1));
  EXPECT_TRUE(client.groups(kRepository)->empty());
  EXPECT_TRUE(client.remove(kOrganization, id));
  EXPECT_TRUE(client.remove(kOrganization, id)) << "it is gone already";
  const auto token = client.registration_token(kEnterprise);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_FALSE(token->token.reveal().empty());
  const auto jit = client.register_for_one_job(kEnterprise, "jit", 1, {"gpu"}, "_work");
  ASSERT_TRUE(jit) << jit.error().message;
  EXPECT_TRUE(jit->runner.ephemeral);
  EXPECT_EQ(github.know("defects"), json::array());
}

TEST(GithubClient, ABusyRunnerIsNotRemoved) {
  FakeGithub github;
  const std::int64_t id = add_runner(github, "one");
  github.tell("runner-state", {{"id", id}, {"busy", true}});
  const auto removed = client_of(github).remove(kRepository, id);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().fault, ApiFault::Refused);
  EXPECT_THAT(removed.error().message, HasSubstr("running a job"));
}

TEST(GithubClient, AnUnknownOutcomeIsReadBack) {
  FakeGithub github;
  GithubClient client = client_of(github);
  const std::int64_t one = add_runner(github, "one");
  // Carried out, but the answer never came.
  github.tell(
      "fault",
      {{"what", "hang"}, {"verb", "DELETE"}, {"path", kRunners}, {"after", true}, {"seconds", 30}});
  EXPECT_TRUE(client.remove(kRepository, one));
  EXPECT_EQ(github.asked("DELETE"), 1) << "it was asked for again, blindly";
  const std::int64_t two = add_runner(github, "two");
  github.tell("fault", {{"what", "close"}, {"verb", "PUT"}, {"path", kRunners}, {"after", true}});
  EXPECT_TRUE(client.set_labels(kRepository, two, {"Mine"}));
  EXPECT_EQ(github.asked("PUT"), 1);
  // Not carried out: asked for once more, and then it is an error.
  github.tell("fault", {{"what", "close"}, {"verb", "DELETE"}, {"path", kRunners}});
  EXPECT_TRUE(client.remove(kRepository, two));
  const std::int64_t three = add_runner(github, "three");
  github.tell(
      "fault",
      {{"what", "status"}, {"status", 502}, {"verb", "DELETE"}, {"path", kRunners}, {"times", 9}});
  const auto removed = client.remove(kRepository, three);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().fault, ApiFault::Server);
}

TEST(GithubClient, ARegistrationWhoseAnswerIsLostIsNamed) {
  FakeGithub github;
  GithubClient client = client_of(github);
  github.tell("fault",
              {{"what", "truncated"}, {"verb", "POST"}, {"path", kRunners}, {"after", true}});
  const auto jit = client.register_for_one_job(kRepository, "jit", 1, {"gpu"}, "_work");
  ASSERT_FALSE(jit);
  EXPECT_TRUE(jit.error().may_be_done);
  EXPECT_THAT(jit.error().hint, HasSubstr("jit was registered (id"));
  EXPECT_EQ(github.asked("POST"), 1);
}

TEST(GithubClient, ATokenIsRepeatedBecauseOneMoreDoesNoHarm) {
  FakeGithub github;
  github.tell("fault",
              {{"what", "garbage"}, {"verb", "POST"}, {"path", kRunners}, {"after", true}});
  EXPECT_TRUE(client_of(github).registration_token(kRepository));
}

TEST(GithubClient, SaysWhatATokenLacks) {
  FakeGithub github;
  const auto failure = [&](const json& token, const GithubScope& scope) {
    const std::string value = github.tell("token", token)["token"];
    const auto made = client_of(github, value).registration_token(scope);
    return made ? ApiError{} : made.error();
  };
  EXPECT_THAT(failure({{"expires_in", -5}}, kRepository).hint,
              HasSubstr("expired, revoked or wrong"));
  EXPECT_THAT(failure({{"scopes", {"gist"}}}, kRepository).hint,
              HasSubstr("needs the scope repo; it has: gist; GitHub also answers 404"));
  EXPECT_THAT(failure({{"scopes", {"repo"}}}, kOrganization).hint,
              HasSubstr("needs the scope admin:org"));
  EXPECT_THAT(failure({{"kind", "fine-grained"}, {"permissions", {{"administration", "read"}}}},
                      kRepository)
                  .hint,
              HasSubstr("needs the permission administration=write"));
  EXPECT_THAT(failure({{"sso_wanted", true}}, kOrganization).hint, HasSubstr("single sign-on"));
}

TEST(GithubClient, KnowsWhenItsTokenExpires) {
  FakeGithub github;
  const std::string value = github.tell("token", {{"expires_in", 3600}})["token"];
  GithubClient client = client_of(github, value);
  EXPECT_FALSE(client.token_expires());
  ASSERT_TRUE(client.runners(kRepository));
  ASSERT_TRUE(client.token_expires());
  EXPECT_NEAR(static_cast<double>(*client.token_expires() - ApiClock::real(nullptr).now()), 3600,
              60);
}

TEST(GithubClient, ATokensEndIsInTheZoneThatItIsSaidIn) {
  /// Answers with an empty list, and when the token ends.
  class EndsAt final : public HttpTransport {
   public:
    explicit EndsAt(std::string end) : end_(std::move(end)) {}
    HttpOutcome exchange(const HttpRequest&, const std::function<bool()>&) override {
      return HttpReply{.status = 200,
                       .headers = {{"github-authentication-token-expiration", end_}},
                       .body = R"({"total_count": 0, "runners": []})"};
    }

   private:
    std::string end_;
  };
  const auto end = [](const std::string& said) {
    GithubClient client("https://api.invalid", Secret("x"), {}, std::make_unique<EndsAt>(said),
                        ApiClock::real(nullptr));
    EXPECT_TRUE(client.runners(kRepository));
    return client.token_expires().value_or(-1);
  };
  constexpr std::int64_t kNoon = 1'798'718'400;  // 2026-12-31 12:00:00 UTC
  EXPECT_EQ(end("2026-12-31 12:00:00 UTC"), kNoon);
  EXPECT_EQ(end("2026-12-31 12:00:00"), kNoon);
  EXPECT_EQ(end("2026-12-31 14:00:00 +0200"), kNoon);
  EXPECT_EQ(end("2026-12-31 08:30:00 -0330"), kNoon);
  for (const char* strange : {"2026-12-31 12:00:00 +02", "2026-12-31 12:00:00 +-2-3",
                              "2026-12-31 12:00:00 CET", "soon", ""}) {
    EXPECT_EQ(end(strange), -1) << strange;
  }
}

TEST(GithubClient, KeepsToLimits) {
  FakeGithub github;
  GithubClient client = client_of(github);
  github.tell("limit", {{"exhaust", 1800}});
  const auto found = client.runners(kRepository);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().fault, ApiFault::Limited);
  EXPECT_NEAR(static_cast<double>(found.error().wait.count()), 1800, 60);
  EXPECT_EQ(github.asked("GET"), 1) << "it asked on";
  github.tell("limit", {{"clear", true}, {"hold_off", 0.5}});
  EXPECT_TRUE(client.runners(kRepository)) << "a second is waited out";
}

TEST(GithubClient, WhatAnswersInItsPlaceIsNotBelieved) {
  FakeGithub github;
  GithubClient client = client_of(github);
  github.tell("fault", {{"what", "garbage"}, {"path", kRunners}, {"times", 9}});
  EXPECT_EQ(client.runners(kRepository).error().fault, ApiFault::Garbage);
  github.tell("fault", {{"what", "garbage"},
                        {"path", kRunners},
                        {"body", R"({"total_count": 1, "runners": [{"id": "x"}]})"},
                        {"times", 99}});
  EXPECT_EQ(client.runners(kRepository).error().fault, ApiFault::Garbage);
}

TEST(GithubClient, GoesThroughAProxy) {
  FakeGithub github;
  const std::int64_t id = add_runner(github, "one");
  GithubClient client("http://api.invalid", Secret("all"), {},
                      curl_transport({.proxy = github.url()}), ApiClock::real(nullptr));
  const auto found = client.find(kRepository, id);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)->name, "one");
}

TEST(GithubClient, NoErrorHoldsTheToken) {
  FakeGithub github;
  const std::string value = github.tell("token", {{"scopes", {"gist"}}})["token"];
  GithubClient client = client_of(github, value);
  for (const char* what : {"status", "garbage", "truncated", "close"}) {
    github.tell("fault", {{"what", what}, {"path", kRunners}, {"times", 3}});
    const auto found = client.runners(kRepository);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message + found.error().hint, ::testing::Not(HasSubstr(value)));
  }
}

TEST(GithubClient, NobodyThere) {
  std::string url;
  {
    FakeGithub github;
    url = github.url();
  }
  GithubClient client(url, Secret("x"),
                      {.attempts = 2, .first_pause = std::chrono::milliseconds(1)},
                      curl_transport({}), ApiClock::real(nullptr));
  const auto removed = client.remove(kRepository, 1);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().fault, ApiFault::Unreachable);
  EXPECT_FALSE(removed.error().may_be_done);
}

}  // namespace
}  // namespace holdfast
