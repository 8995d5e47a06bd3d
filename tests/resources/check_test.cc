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

template <class Question>
Question lasting(const Probe& probe) {
  return std::get<Question>(probe.ask);
}

TEST(Check, AsksForWhatRunsOut) {
  const auto disk = [](const char* least) {
    return lasting<Probe::DiskFree>(
        probe(state({{"disk_free", state({{"path", "/o"}, {"at_least", least}})}})));
  };
  EXPECT_EQ(disk("10GiB").bytes, std::int64_t{10} << 30);
  EXPECT_EQ(disk("10%").percent, 10);
  EXPECT_EQ(disk("10 %").bytes, 0);
  const Probe tls = probe(state({{"tls_expiry", state({{"port", 8443}, {"at_least", 86400.0}})}}));
  EXPECT_EQ(lasting<Probe::TlsExpiry>(tls).at_least, std::chrono::hours(24));
  EXPECT_EQ(lasting<Probe::TlsExpiry>(tls).port, 8443);
  const Probe secret = probe(state({{"secret_expiry", state({{"path", "/t"}})}}));
  EXPECT_EQ(lasting<Probe::SecretExpiry>(secret).field, "expires_at");
  EXPECT_EQ(lasting<Probe::SecretExpiry>(secret).at_least, std::chrono::hours(14 * 24));
  const auto first = [](const char* question, State asked) {
    const auto errors =
        make_check_kind()->check(resource_of("x", state({{question, std::move(asked)}})));
    return errors.empty() ? "" : errors[0].message;
  };
  EXPECT_EQ(first("disk_free", state({{"at_least", "much"}})),
            "check 'x': 'much' is neither a size such as 10GiB nor a part such as 10%");
  EXPECT_EQ(first("disk_free", state({{"at_least", "101%"}})),
            "check 'x': '101%' is neither a size such as 10GiB nor a part such as 10%");
  EXPECT_EQ(first("secret_expiry", state({{"field", "x"}})),
            "check 'x': either `path` or `date` says when it expires");
  EXPECT_EQ(first("secret_expiry", state({{"date", "soon"}})),
            "check 'x': 'soon' is no date such as 2026-12-31");
  EXPECT_EQ(first("secret_expiry", state({{"path", "/t"}, {"field", "a.*"}})),
            "check 'x': 'a.*' is no name of a field");
}

TEST(Check, RefusesAShellThatCanNeverFail) {
  const auto kind = make_check_kind();
  const auto refused = [&](const char* text, State more = {}) {
    more.set("argv", ValueList{"sh", "-c", text});
    return !kind->check(resource_of("x", state({{"command", std::move(more)}}))).empty();
  };
  for (const char* text :
       {"curl -fsS h/health || echo FAILED || true", "a || true", "a || :", "a; true",
        "a && b || exit 0", "a ||\ttrue ; ", "a 'it;s' || echo \"not there\"", "a\ntrue\n"}) {
    EXPECT_TRUE(refused(text)) << text;
  }
  for (const char* text : {"a", "a || false", "a || exit 1", "a || b", "exec a || true",
                           "set -e; a; true", "test -e /a || exit 1; echo fine", "echo 'a || true'",
                           "a || echo x | grep y", "true && a", "true"}) {
    EXPECT_FALSE(refused(text)) << text;
  }
  EXPECT_FALSE(refused("a || true", state({{"output", "fine"}}))) << "its output tells";
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
