#include "resources/grafana/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/check/only_warns.h"
#include "engine/core/kind.h"
#include "resources/github/runner_check.h"
#include "resources/prometheus/rules_check.h"
#include "tests/resources/make.h"

namespace holdfast {

std::unique_ptr<Kind> make_check_kind();

namespace {

using ::testing::ElementsAre;

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

const Probe::Remote& remote(const Probe& probe) { return std::get<Probe::Remote>(probe.ask); }

std::vector<std::string> refusals(const char* question, State asked) {
  std::vector<std::string> out;
  const Resource resource = resource_of("x", state({{question, std::move(asked)}}));
  for (const Error& error : make_check_kind()->check(resource)) out.push_back(error.message);
  return out;
}

TEST(Check, AsksGithubForARunner) {
  const Probe asked = probe(state({{"github_runner", state({{"url", "https://github.com/o/r"},
                                                            {"name", "one"},
                                                            {"token", Secret("CANARY")},
                                                            {"online", true},
                                                            {"idle", true},
                                                            {"labels", ValueList{"a"}}})}}));
  EXPECT_EQ(describe(asked), "ask https://api.github.com: whether runner one is online, idle");
  EXPECT_EQ(remote(asked).server.credential_name, "the token of check it answers");
  EXPECT_FALSE(remote(asked).server.through_host);
  EXPECT_EQ(remote(asked).question.find("CANARY"), std::string::npos);
  const GithubRunnerCheck read = read_github_check(remote(asked).question);
  EXPECT_TRUE(read.online && read.idle == std::optional<bool>(true));
  EXPECT_EQ(read.labels, std::vector<std::string>{"a"});
  const Probe other = probe(state({{"github_runner", state({{"url", "https://g.example.org/o"},
                                                            {"api", "http://127.0.0.1:1/"},
                                                            {"name", "one"},
                                                            {"token", Secret("CANARY")},
                                                            {"online", false},
                                                            {"token_at_least", 60.0}})}}));
  EXPECT_EQ(describe(other), "ask http://127.0.0.1:1: whether runner one is offline");
  EXPECT_EQ(read_github_check(remote(other).question).token_holds, std::chrono::seconds(60));
  EXPECT_THAT(refusals("github_runner", state({{"url", "https://github.com"}})),
              ElementsAre("check 'x': 'https://github.com' is no repository, organization or "
                          "enterprise"));
}

TEST(Check, AsksGrafanaAsTheHostSeesIt) {
  const Probe asked = probe(state({{"grafana", state({{"server", "http://127.0.0.1:3000/"},
                                                      {"token", Secret("CANARY")},
                                                      {"dashboard", "one"},
                                                      {"title", "One"},
                                                      {"datasource", "p"}})}}));
  EXPECT_EQ(describe(asked), "ask http://127.0.0.1:3000: dashboard one 'One', data source p");
  EXPECT_TRUE(remote(asked).server.through_host);
  EXPECT_EQ(remote(asked).question.find("CANARY"), std::string::npos);
  EXPECT_EQ(read_grafana_check(remote(asked).question)->title, "One");
  const auto through = [](const char* server, State more) {
    more.set("server", server);
    return remote(probe(state({{"grafana", std::move(more)}}))).server.through_host;
  };
  EXPECT_FALSE(through("https://g", {}));
  EXPECT_FALSE(through("http://g", state({{"through", "direct"}})));
  EXPECT_EQ(describe(probe(state({{"grafana", state({{"server", "http://g"}})}}))),
            "ask http://g: whether it is well");
  EXPECT_THAT(refusals("grafana", state({{"server", "g:3000"}, {"title", "x"}})),
              ElementsAre("check 'x': 'g:3000' is no address of a server",
                          "check 'x': a title of no dashboard"));
  EXPECT_THAT(
      refusals("grafana",
               state({{"server", "http://g"}, {"user", "a"}, {"dashboard", "My dashboard"}})),
      ElementsAre("check 'x': half a login", "check 'x': 'My dashboard' is no uid of a dashboard"));
}

TEST(Check, AsksPrometheusForRules) {
  const State rules = state({{"group", "g"}, {"at_least", 4}});
  const Probe asked = probe(state({{"prometheus", state({{"rules", rules}})}}));
  EXPECT_EQ(describe(asked), "ask http://127.0.0.1:9090: rules of group g (>= 4)");
  EXPECT_TRUE(remote(asked).server.through_host);
  EXPECT_EQ(read_rule_group(remote(asked).question)->at_least, 4);
  EXPECT_THAT(refusals("prometheus", state({{"rules", rules}, {"query", "up"}, {"for", 1.0}})),
              ElementsAre("check 'x': it asks for either a `query` or `rules`",
                          "check 'x': `for` and `headers` go with a `query`"));
  EXPECT_THAT(refusals("prometheus", {}),
              ElementsAre("check 'x': it asks for either a `query` or `rules`"));
}

TEST(Check, SaysWhatToDoAndMayOnlyWarn) {
  const State tcp = state({{"port", 22}});
  EXPECT_EQ(probe(state({{"tcp", tcp}, {"hint", "start sshd"}})).hint, "start sshd");
  EXPECT_FALSE(only_warns(resource_of("x", state({{"tcp", tcp}}))));
  EXPECT_TRUE(only_warns(resource_of("x", state({{"tcp", tcp}, {"only_warns", true}}))));
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
