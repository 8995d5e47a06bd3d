#include "engine/api/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Answers from a list, and keeps what was asked.
class Scripted final : public HttpTransport {
 public:
  explicit Scripted(std::vector<HttpOutcome> answers) : answers_(std::move(answers)) {}
  HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>&) override {
    asked.push_back(request);
    if (asked.size() > answers_.size()) return HttpBroken{.why = "nothing more was expected"};
    return answers_[asked.size() - 1];
  }
  std::vector<HttpRequest> asked;

 private:
  std::vector<HttpOutcome> answers_;
};

struct Talk {
  explicit Talk(std::vector<HttpOutcome> answers) {
    auto made = std::make_unique<Scripted>(std::move(answers));
    transport = made.get();
    client = std::make_unique<ApiClient>(
        ApiClient::Settings{
            .base = "https://api.example", .token = Secret("hush"), .headers = {}, .patience = {}},
        std::move(made),
        ApiClock{.now = [] { return std::int64_t{1'000'000}; },
                 .pause =
                     [this](std::chrono::milliseconds time) {
                       if (time.count() > 0) pauses.push_back(time.count());
                       return !interrupted;
                     },
                 .chance = [] { return 0.5; }});
  }
  Scripted* transport = nullptr;
  std::unique_ptr<ApiClient> client;
  std::vector<std::int64_t> pauses;
  bool interrupted = false;
};

HttpReply reply(int status, std::string body = "{}",
                std::map<std::string, std::string> headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

TEST(Api, AsksAgainWhatIsSafeToAskAgain) {
  Talk talk({HttpBroken{.why = "reset", .sent = true}, reply(502, "<html>"), reply(200, "<html>"),
             reply(200, R"({"a":1})")});
  EXPECT_EQ(talk.client->get("/x")->body, R"({"a":1})");
  EXPECT_THAT(talk.pauses, ElementsAre(500, 1000, 2000));
}

TEST(Api, GivesUpInTheEnd) {
  Talk talk({reply(500), reply(500), reply(500), reply(500), reply(200)});
  EXPECT_EQ(talk.client->get("/x").error().fault, ApiFault::Server);
  EXPECT_EQ(talk.transport->asked.size(), 4U);
}

TEST(Api, NeverAsksAgainForAChangeThatMayBeDone) {
  for (const HttpOutcome& answer : {HttpOutcome(HttpBroken{.why = "timed out", .sent = true}),
                                    HttpOutcome(reply(502)), HttpOutcome(reply(200, "<html>"))}) {
    Talk talk({answer, reply(200)});
    const auto sent = talk.client->send("POST", "/x", "{}");
    ASSERT_FALSE(sent);
    EXPECT_TRUE(sent.error().may_be_done);
    EXPECT_EQ(talk.transport->asked.size(), 1U);
  }
}

TEST(Api, AsksAgainForAChangeThatWasNotSent) {
  Talk talk({HttpBroken{.why = "refused", .sent = false}, reply(201)});
  EXPECT_EQ(talk.client->send("POST", "/x")->status, 201);
}

TEST(Api, WaitsAsLongAsALimitLasts) {
  Talk talk({reply(403, R"({"message":"secondary rate limit"})", {{"retry-after", "7"}}),
             reply(403, R"({"message":"API rate limit exceeded"})",
                   {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1000030"}}),
             reply(200)});
  EXPECT_TRUE(talk.client->send("DELETE", "/x"));
  EXPECT_THAT(talk.pauses, ElementsAre(7'000, 30'000));
}

TEST(Api, ALimitThatLastsTooLongIsAnError) {
  Talk talk({reply(429, R"({"message":"slow down"})", {{"retry-after", "3600"}}), reply(200)});
  const auto got = talk.client->get("/x");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().fault, ApiFault::Limited);
  EXPECT_EQ(got.error().wait.count(), 3600);
  EXPECT_THAT(got.error().hint, HasSubstr("until 1970-01-12T14:46:40Z"));
  EXPECT_EQ(talk.transport->asked.size(), 1U);
}

TEST(Api, AskedToEndItEnds) {
  Talk talk({reply(500), reply(200)});
  talk.interrupted = true;
  EXPECT_EQ(talk.client->get("/x").error().fault, ApiFault::Interrupted);
}

TEST(Api, DoesNotFetchWhatHasNotChanged) {
  Talk talk({reply(200, R"({"n":1})", {{"etag", "W/\"one\""}}), reply(304, ""),
             reply(200, R"({"n":2})", {{"etag", "W/\"two\""}})});
  EXPECT_EQ(talk.client->get("/x")->body, R"({"n":1})");
  EXPECT_EQ(talk.client->get("/x")->body, R"({"n":1})");
  EXPECT_EQ(talk.client->get("/x")->body, R"({"n":2})");
  EXPECT_EQ(talk.transport->asked[1].headers.back().second, "W/\"one\"");
  EXPECT_EQ(talk.transport->asked[2].headers.back().second, "W/\"one\"");
}

TEST(Api, ATokenNeverGoesToAnotherServer) {
  Talk pages({reply(200, "[]", {{"link", "<https://evil.example/x?page=2>; rel=\"next\""}})});
  EXPECT_THAT(pages.client->pages("/x").error().message, HasSubstr("https://evil.example"));
  Talk redirect({reply(301, "", {{"location", "https://evil.example/x"}})});
  const auto moved = redirect.client->get("/x");
  EXPECT_EQ(moved.error().fault, ApiFault::Refused);
  EXPECT_THAT(moved.error().hint, HasSubstr("https://evil.example/x"));
  EXPECT_EQ(redirect.transport->asked.size(), 1U);
}

TEST(Api, OneServerIsTheSameInEitherCase) {
  Talk talk({reply(200, "[1]", {{"link", "<HTTPS://API.Example/X?page=2>; rel=\"next\""}}),
             reply(200, "[2]")});
  const auto pages = talk.client->pages("/x");
  ASSERT_TRUE(pages) << pages.error().message;
  EXPECT_EQ(pages->size(), 2U);
  EXPECT_EQ(talk.transport->asked[1].url, "HTTPS://API.Example/X?page=2");
}

TEST(Api, WhatAServerSaysIsSafeToShow) {
  Talk talk({reply(422, "{\"message\":\"no\\n::error::x\",\"errors\":[\"why\"]}",
                   {{"x-github-request-id", "AB:CD"}})});
  const std::string message = talk.client->send("POST", "/x").error().message;
  EXPECT_EQ(message, "POST https://api.example/x: 422, request AB:CD: no\\n::error::x; why");
}

TEST(Api, NoErrorHoldsTheToken) {
  Talk talk({reply(403, "<html>you sent: Bearer hush, hush</html>"), reply(200, "hush")});
  EXPECT_THAT(talk.client->send("POST", "/x").error().message,
              HasSubstr("you sent: Bearer (secret), (secret)"));
  EXPECT_THAT(talk.client->send("POST", "/x").error().message, Not(HasSubstr("hush")));
}

TEST(LinkTarget, IsThatOfItsRelation) {
  const std::string header =
      "<https://a/?page=1>; rel=\"prev\", <https://a/?page=3,4>; rel=\"next\"";
  EXPECT_EQ(link_target(header, "next"), "https://a/?page=3,4");
  EXPECT_EQ(link_target(header, "prev"), "https://a/?page=1");
  EXPECT_EQ(link_target(header, "last"), "");
  EXPECT_EQ(link_target("<<>>; <", "next"), "");
  EXPECT_EQ(link_target("", "next"), "");
}

}  // namespace
}  // namespace holdfast
