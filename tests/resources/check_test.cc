#include <gtest/gtest.h>

#include "engine/core/kind.h"
#include "tests/resources/make.h"

namespace holdfast {

std::unique_ptr<Kind> make_check_kind();

namespace {

Probe probe(State desired) {
  const Resource resource = resource_of("it answers", std::move(desired));
  const auto kind = make_check_kind();
  EXPECT_TRUE(kind->check(resource).empty());
  EXPECT_TRUE(kind->queries(resource).empty());
  return std::get<Probe>(kind->steps(resource, {}).at(0).step);
}

TEST(Check, AsksByHttpWithRetries) {
  const Probe asked = probe(state(
      {{"http", state({{"url", "http://127.0.0.1:9101/health"}, {"status", 204}, {"body", "OK"}})},
       {"retry", state({{"for", 30.0}, {"backoff", 0.25}})}}));
  const auto& http = std::get<Probe::Http>(asked.ask);
  EXPECT_EQ(http.url, "http://127.0.0.1:9101/health");
  EXPECT_EQ(http.status, 204);
  EXPECT_EQ(http.body, "OK");
  EXPECT_EQ(asked.retry.total, std::chrono::seconds(30));
  EXPECT_EQ(asked.retry.backoff, std::chrono::milliseconds(250));
}

TEST(Check, AsksByTheOtherWays) {
  EXPECT_EQ(describe(probe(state({{"tcp", state({{"port", 22}})}}))), "connect to 127.0.0.1:22");
  EXPECT_EQ(describe(probe(state({{"command", state({{"argv", ValueList{"sshd", "-t"}}})}}))),
            "check sshd -t");
  EXPECT_EQ(describe(probe(state({{"unit", state({{"name", "a.service"}})}}))),
            "check that a.service is active");
  EXPECT_EQ(make_check_kind()
                ->links(resource_of("x", state({{"unit", state({{"name", "a.service"}})}})))
                .needs,
            std::vector<std::string>{"unit:a.service"});
}

TEST(Check, RefusesNothingTwoThingsAndSecretsInArguments) {
  const auto kind = make_check_kind();
  const auto first = [&](State desired) {
    const auto errors = kind->check(resource_of("x", std::move(desired)));
    return errors.empty() ? "" : errors[0].message;
  };
  EXPECT_EQ(first({}), "check 'x' asks nothing");
  EXPECT_EQ(first(state({{"tcp", state({{"port", 1}})}, {"unit", state({{"name", "a.service"}})}})),
            "check 'x' asks by 'tcp' and by 'unit'");
  EXPECT_EQ(first(state({{"command", state({{"argv", ValueList{}}})}})),
            "check 'x' names no program");
  EXPECT_EQ(first(state({{"command", state({{"argv", ValueList{"a", Secret("b")}}})}})),
            "check 'x' would show a secret in the host's process list");
  EXPECT_EQ(first(state({{"http", state({{"url", "https://127.0.0.1/"}})}})),
            "check 'x' can't ask https://127.0.0.1/: only http:// is asked through the connection");
}

}  // namespace
}  // namespace holdfast
