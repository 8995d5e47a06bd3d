#include "engine/cli/prove_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/prove_verdict.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Pages = std::map<std::string, std::string>;

/// Servers that answer with these pages; 404 for all others.
class FakeServers final : public HttpTransport {
 public:
  explicit FakeServers(const Pages& pages) : pages_(pages) {}
  HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>&) override {
    const auto page = pages_.find(request.url);
    if (page == pages_.end()) return HttpReply{404, {}, "no such page"};
    return HttpReply{200, {}, page->second};
  }

 private:
  const Pages& pages_;
};

const std::string kPrometheus = "http://p:9090/api/v1/";
const std::string kAlertmanager = "http://a:9093";

std::string raised(const std::string& state) {
  return R"({"data":{"alerts":[{"state":")" + state +
         R"(","labels":{"alertname":"Offline","team":"runners","host":"proof-1.2"}}]}})";
}
std::string arrived(const std::string& receiver, const std::string& state = "active") {
  return R"([{"labels":{"alertname":"Offline","team":"runners","host":"proof-1.2"},"receivers":[{"name":")" +
         receiver + R"("}],"status":{"state":")" + state + R"("}}])";
}
std::string counters(int sent, int failed) {
  return "# TYPE x counter\nalertmanager_notifications_total{integration=\"webhook\"} " +
         std::to_string(sent) +
         "\nalertmanager_notifications_failed_total{integration=\"webhook\"} " +
         std::to_string(failed) + "\n";
}

class ProveWatch : public testing::Test {
 protected:
  ProveWatch() {
    pages = {
        {kPrometheus + "alertmanagers",
         R"({"data":{"activeAlertmanagers":[{"url":"http://a:9093/api/v2/alerts"}]}})"},
        {kPrometheus + "rules?type=alert",
         R"({"data":{"groups":[{"interval":15,"rules":[{"type":"alerting","name":"Offline"}]}]}})"},
        {kPrometheus + "alerts", R"({"data":{"alerts":[]}})"},
        {kAlertmanager + "/api/v2/alerts", "[]"},
        {kAlertmanager + "/metrics", counters(7, 2)}};
    alert.name = "Offline";
    Route& route = wiring.ends.routes.emplace_back();
    route.receiver = "oncall";
    route.matchers = {{"team", "=", "runners"}};
  }

  std::unique_ptr<AlertWatch> watch() {
    return std::make_unique<AlertWatch>(
        std::make_unique<FakeServers>(pages), "http://p:9090", wiring,
        std::vector<Awaited>{{.alert = &alert, .mark = "proof-1"}}, stopped, interrupts);
  }
  /// What is wrong once this is how far the alert got.
  std::vector<std::string> verdict(const std::string& prometheus, const std::string& alertmanager) {
    auto begun = watch();
    EXPECT_TRUE(begun->begin());
    pages[kPrometheus + "alerts"] = prometheus;
    pages[kAlertmanager + "/api/v2/alerts"] = alertmanager;
    EXPECT_TRUE(begun->look(std::chrono::seconds(5)));
    Diagnostics diagnostics;
    testing::internal::CaptureStdout();
    tell_verdict(*begun, diagnostics);
    said = testing::internal::GetCapturedStdout();
    std::vector<std::string> out;
    for (const Error& error : diagnostics.errors()) {
      EXPECT_EQ(error.code, Code::AlertSilent);
      out.push_back(error.message);
    }
    return out;
  }

  Pages pages;
  Wiring wiring;
  Alert alert;
  std::vector<StoppedUnit> stopped;
  std::atomic<int> interrupts{0};
  std::string said;
};

TEST_F(ProveWatch, SaysHowFarAnAlertGot) {
  const std::string none = R"({"data":{"alerts":[]}})";
  EXPECT_THAT(verdict(none, "[]"), ElementsAre(HasSubstr("'Offline' is silent")));
  EXPECT_THAT(verdict(raised("pending"), "[]"), ElementsAre(HasSubstr("is pending, and doesn't")));
  EXPECT_THAT(verdict(raised("firing"), "[]"),
              ElementsAre(HasSubstr("fires, and never gets to Alertmanager")));
  EXPECT_THAT(verdict(raised("firing"), arrived("oncall", "suppressed")),
              ElementsAre(HasSubstr("it is silenced or inhibited")));
  EXPECT_THAT(verdict(raised("firing"), arrived("nobody")),
              ElementsAre(HasSubstr("goes to nobody, not to oncall")));
  EXPECT_THAT(verdict(raised("firing"), arrived("oncall")), ElementsAre());
  EXPECT_THAT(said, HasSubstr("fired, and went to oncall after 5s"));
}

TEST_F(ProveWatch, TakesNoOtherAlertForTheProof) {
  std::string real = arrived("oncall");
  real.replace(real.find("proof-1.2"), 9, "proof-12");
  EXPECT_THAT(verdict(R"({"data":{"alerts":[]}})", real), ElementsAre(HasSubstr("is silent")));
}

TEST_F(ProveWatch, WantsTheRulesAndAnAlertmanagerToBeThere) {
  alert.name = "Gone";
  const auto unknown = watch()->begin();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "Prometheus at http://p:9090 has no alert 'Gone'");
  alert.name = "Offline";
  pages[kPrometheus + "alertmanagers"] = R"({"data":{"activeAlertmanagers":[]}})";
  interrupts = 1;  // It would be waited for.
  const auto alone = watch()->begin();
  ASSERT_FALSE(alone);
  EXPECT_THAT(alone.error().message, HasSubstr("tells no Alertmanager"));
}

TEST_F(ProveWatch, CountsWhoWasTold) {
  auto begun = watch();
  ASSERT_TRUE(begun->begin());
  EXPECT_EQ(begun->slack(), std::chrono::seconds(4 * 16 + 10));
  EXPECT_FALSE(begun->told().value());
  pages[kAlertmanager + "/metrics"] = counters(9, 4);
  const auto failed = begun->told();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("could not tell the receiver: 2 notifications"));
  pages[kAlertmanager + "/metrics"] = counters(10, 4);
  EXPECT_TRUE(begun->told().value());
}

TEST_F(ProveWatch, ANewAlertOfTheHostTellsOfAStoppedUnit) {
  stopped = {{.host = "h1", .unit = "e.service", .address = "10.0.0.51"},
             {.host = "h2", .unit = "e.service", .address = "10.0.0.5"}};
  auto begun = watch();
  ASSERT_TRUE(begun->begin());
  pages[kAlertmanager + "/api/v2/alerts"] =
      R"([{"labels":{"alertname":"Down","instance":"10.0.0.51:9101"},"receivers":[{"name":"oncall"}],"status":{"state":"active"}}])";
  EXPECT_FALSE(begun->look(std::chrono::seconds(3)).value());
  EXPECT_THAT(begun->stopped()[0].alerts, ElementsAre("Down"));
  EXPECT_THAT(begun->stopped()[1].alerts, ElementsAre());
  EXPECT_TRUE(begun->gone().value());
}

TEST_F(ProveWatch, TellsWhatCantBeRead) {
  pages[kAlertmanager + "/api/v2/alerts"] = "<html>";
  const auto begun = watch()->begin();
  ASSERT_FALSE(begun);
  EXPECT_THAT(begun.error().message, HasSubstr("answers <html>, which can't be read"));
  pages.erase(kPrometheus + "rules?type=alert");
  const auto gone = watch()->begin();
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().message, HasSubstr("answers 404: no such page"));
}

}  // namespace
}  // namespace holdfast
