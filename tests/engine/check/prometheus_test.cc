#include "engine/check/prometheus.h"

#include <gtest/gtest.h>

#include <map>

namespace holdfast {
namespace {

using Asked = PrometheusQuestion;

/// A server by its answers, and files by when they were written.
struct Server {
  std::map<std::string, std::string> answers{};  ///< By path and question.
  std::map<std::string, double> files{};
  int status = 200;

  std::string said(Asked asked) const {
    asked.url = "http://p";
    const PrometheusAccess access{
        .get = [this](const std::string& url) -> Result<HttpAnswer> {
          const auto found = answers.find(url.substr(std::string("http://p").size()));
          if (found == answers.end()) return HttpAnswer{.status = 404, .body = "nothing there"};
          return HttpAnswer{.status = status, .body = found->second};
        },
        .written = [this](const std::string& path) -> Result<double> { return files.at(path); }};
    const auto result = ask_prometheus(asked, access);
    return result ? "" : result.error().message;
  }
};

std::string success(const std::string& data) {
  return R"({"status":"success","data":)" + data + "}";
}

Asked query(std::string is) {
  return {.about = Asked::Query{.text = "up{job=\"x\"}", .is = std::move(is)}};
}

Server with_samples(const std::string& samples) {
  return {.answers = {{"/api/v1/query?query=up%7Bjob%3D%22x%22%7D",
                       success(R"({"resultType":"vector","result":[)" + samples + "]}")}}};
}

constexpr const char* kUp =
    R"({"metric":{"__name__":"up","instance":"a:1"},"value":[1700000000.1,"1"]})";
constexpr const char* kDown =
    R"({"metric":{"__name__":"up","instance":"b:1"},"value":[1700000000.1,"0"]})";

TEST(AskPrometheus, EachSampleIsCompared) {
  const Server both = with_samples(std::string(kUp) + "," + kDown);
  EXPECT_EQ(with_samples(kUp).said(query("== 1")), "");
  EXPECT_EQ(both.said(query(">= 0")), "");
  EXPECT_EQ(both.said(query("some")), "");
  EXPECT_EQ(both.said(query("== 1")),
            "http://p: 'up{job=\"x\"}' gives up{instance=\"b:1\"} 0.0, not == 1");
  EXPECT_EQ(with_samples("").said(query("== 1")), "http://p: 'up{job=\"x\"}' gives no series");
  EXPECT_EQ(with_samples("").said(query("none")), "");
  EXPECT_NE(both.said(query("none")).find("and should give none"), std::string::npos);
  const std::string nan = R"({"metric":{},"value":[1,"NaN"]})";
  EXPECT_NE(with_samples(nan).said(query("< 1")), "");
}

TEST(AskPrometheus, WhatTheServerComplainsOfIsSaid) {
  Server server = with_samples("");
  server.answers.begin()->second = R"({"status":"error","error":"bad_data: no \u001b[1m"})";
  server.status = 400;
  EXPECT_EQ(server.said(query("some")),
            "http://p, asked for up{job=\"x\"}, answered 400: bad_data: no \\x1b[1m");
  EXPECT_EQ(Server{}.said(query("some")),
            "http://p, asked for up{job=\"x\"}, answered 404: nothing there");
}

TEST(AskPrometheus, ItMustHaveReadItsFilesSinceTheyWereWritten) {
  Server server{
      .answers = {{"/metrics",
                   "# HELP x\nprometheus_config_last_reload_successful 1\n"
                   "prometheus_config_last_reload_success_timestamp_seconds 1.7000000005e+09\n"}},
      .files = {{"/c", 1700000000.25}}};
  const Asked asked{.read = {"/c"}};
  EXPECT_EQ(server.said(asked), "");
  server.files["/c"] = 1700000000.75;
  EXPECT_EQ(server.said(asked), "http://p has not read /c since it was written");
  server.answers["/metrics"] =
      "prometheus_config_last_reload_successful 0\n"
      "prometheus_config_last_reload_success_timestamp_seconds 1e10\n";
  EXPECT_NE(server.said(asked).find("refused its configuration"), std::string::npos);
  server.answers["/metrics"] = "nothing\n";
  EXPECT_NE(server.said(asked).find("says nothing of its last reload"), std::string::npos);
  server.answers["/metrics"] =
      "alertmanager_config_last_reload_successful 1\n"
      "alertmanager_config_last_reload_success_timestamp_seconds 1e10\n";
  EXPECT_EQ(server.said({.family = Asked::Family::Alertmanager, .read = {"/c"}}), "");
}

std::string target(const std::string& address, const std::string& health,
                   const std::string& labels = "", const std::string& pool = "x") {
  return R"({"discoveredLabels":{"__address__":")" + address + R"(","job":"x")" + labels +
         R"(},"scrapePool":")" + pool + R"(","lastError":"refused","lastScrape":)" +
         R"("2023-11-14T23:13:20.5+01:00","health":")" + health + R"("})";
}

Server with_targets(const std::string& all) {
  return {
      .answers = {{"/api/v1/targets?state=active", success(R"({"activeTargets":[)" + all + "]}")}},
      .files = {{"/f", 1700000000.25}}};
}

Asked job(std::vector<Asked::Target> targets) {
  return {.about = Asked::Job{.name = "x", .targets = std::move(targets), .since = {"/f"}}};
}

TEST(AskPrometheus, AJobHasJustItsTargetsAndTheyAreUp) {
  const Asked::Target a{.address = "a:1", .labels = {{"env", "prod"}}};
  const Asked::Target staging{.address = "a:1", .labels = {{"env", "staging"}}};
  const std::string up = target("a:1", "up", R"(,"env":"prod")");
  EXPECT_EQ(with_targets(up).said(job({a})), "");
  EXPECT_EQ(with_targets(up + "," + target("q:1", "down", "", "other")).said(job({a})), "");
  EXPECT_EQ(with_targets("").said(job({a})), "http://p: job 'x' has no target a:1 {env=\"prod\"}");
  EXPECT_NE(with_targets(up).said(job({a, staging})).find("has no target"), std::string::npos);
  EXPECT_NE(with_targets(target("a:1", "up", R"(,"env":"prod","more":"x")")).said(job({a})), "");
  EXPECT_EQ(with_targets(up + "," + target("b:1", "up")).said(job({a})),
            "http://p: job 'x' still has b:1");
  EXPECT_EQ(with_targets(target("a:1", "down", R"(,"env":"prod")")).said(job({a})),
            "http://p: job 'x', target a:1 is down: refused");
  EXPECT_EQ(with_targets(target("a:1", "unknown", R"(,"env":"prod")")).said(job({a})),
            "http://p: job 'x', target a:1 was not scraped yet");
  Server old = with_targets(up);
  old.files["/f"] = 1700000000.75;
  EXPECT_NE(old.said(job({a})).find("not scraped yet"), std::string::npos);
  Asked::Target may_be_down = a;
  may_be_down.up = false;
  EXPECT_EQ(with_targets(target("a:1", "down", R"(,"env":"prod")")).said(job({may_be_down})), "");
  EXPECT_EQ(with_targets("").said(job({})), "");
  EXPECT_EQ(with_targets(up).said(job({})), "http://p: job 'x' still has a:1");
}

std::string rule(const std::string& query, const std::string& health = "ok",
                 const std::string& seconds = "300") {
  return R"({"type":"alerting","name":"A","query":")" + query + R"(","duration":)" + seconds +
         R"(,"labels":{"severity":"critical"},"annotations":{},"lastError":"oh","health":")" +
         health + R"("})";
}

Server with_rules(const std::string& rules, const std::string& file = "/r.yml") {
  return {.answers = {{"/api/v1/rules", success(R"({"groups":[{"name":"g","file":")" + file +
                                                R"(","rules":[)" + rules + "]}]}")}}};
}

Asked rules(std::string expression) {
  return {.about =
              Asked::RuleFile{.path = "/r.yml",
                              .groups = {{.name = "g",
                                          .rules = {{.name = "A",
                                                     .expression = std::move(expression),
                                                     .seconds = 300,
                                                     .labels = {{"severity", "critical"}}}}}}}};
}

TEST(AskPrometheus, AFileOfRulesIsLoadedAsItStands) {
  EXPECT_EQ(with_rules(rule("up == 0")).said(rules("up==0\n")), "");
  EXPECT_EQ(with_rules(rule("up == 0"), "/other.yml").said(rules("up == 0")),
            "http://p: group 'g' of /r.yml is not loaded");
  EXPECT_EQ(with_rules("").said(rules("up == 0")), "http://p: group 'g' has 0 rules, not 1");
  EXPECT_NE(with_rules(rule("up == 0", "ok", "60")).said(rules("up == 0")).find("waits for 60 s"),
            std::string::npos);
  EXPECT_NE(with_rules(rule("up == 0", "unknown")).said(rules("up == 0")).find("not evaluated yet"),
            std::string::npos);
  EXPECT_NE(with_rules(rule("up == 0", "err")).said(rules("up == 0")).find("fails: oh"),
            std::string::npos);
  Asked gone = rules("up");
  std::get<Asked::RuleFile>(gone.about).groups.clear();
  EXPECT_EQ(with_rules(rule("up")).said(gone), "http://p: group 'g' of /r.yml is still loaded");
  Asked other = rules("up == 0");
  std::get<Asked::RuleFile>(other.about).groups[0].rules[0].labels = {{"severity", "warning"}};
  EXPECT_NE(with_rules(rule("up == 0")).said(other).find("other labels"), std::string::npos);
}

TEST(AskPrometheus, ExpressionsAreComparedAsTheServerPrintsThem) {
  Server server = with_rules(rule("sum by (job) (up) == 0"));
  const std::string ours = "/api/v1/format_query?query=sum%28up%29%20by%20%28job%29%20%3D%3D%200";
  const std::string theirs =
      "/api/v1/format_query?query=sum%20by%20%28job%29%20%28up%29%20%3D%3D%200";
  server.answers[theirs] = success(R"("sum by (job) (up) == 0")");
  server.answers[ours] = success(R"("sum by (job) (up) == 0")");
  EXPECT_EQ(server.said(rules("sum(up) by (job) == 0")), "");
  server.answers[ours] = success(R"("sum by (instance) (up) == 0")");
  EXPECT_NE(server.said(rules("sum(up) by (job) == 0")).find("another expression"),
            std::string::npos);
  // Before 2.40 it prints none: then its last reload must do.
  server.answers.erase(ours);
  server.answers.erase(theirs);
  EXPECT_EQ(server.said(rules("sum(up) by (job) == 0")), "");
}

TEST(AskPrometheus, AQuestionIsSaidInWords) {
  const auto said = [](Asked asked) {
    asked.url = "http://p:1";
    return describe(Probe{.ask = std::move(asked)});
  };
  EXPECT_EQ(said(rules("up{a=\"b\"} == 0")), "ask http://p:1: the rules of /r.yml");
  EXPECT_EQ(said(job({{.address = "a:1"}})), "ask http://p:1: the targets of job x");
  EXPECT_EQ(said(query("== 1")), "ask http://p:1: up{job=\"x\"} (== 1)");
  EXPECT_EQ(said({.family = Asked::Family::Alertmanager}),
            "ask http://p:1: whether it has read its files");
}

TEST(Comparisons, AreRead) {
  for (const char* good : {"== 1", "!=0", " <= 1e3", ">-0.5", "none", "some"}) {
    EXPECT_TRUE(read_comparison(good)) << good;
  }
  for (const char* bad : {"", "1", "= 1", "=> 1", "== x", "==", "== nan", "== 1 2"}) {
    EXPECT_FALSE(read_comparison(bad)) << bad;
  }
}

}  // namespace
}  // namespace holdfast
