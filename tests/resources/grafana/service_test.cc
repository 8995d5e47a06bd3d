#include "resources/grafana/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resources/grafana/act.h"
#include "resources/grafana/check.h"
#include "resources/json/document.h"
#include "resources/stated.h"
#include "tests/support/fake_grafana.h"

namespace holdfast {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

Value value_of(std::string_view text) {
  JsonMistake mistake;
  const auto root = parse_json_text(text, mistake);
  EXPECT_TRUE(root) << mistake.what;
  return root ? json_value(*root) : Value();
}

constexpr const char* kOld =
    R"({"folder": "", "model": {"title": "One", "panels": [{"id": 1, "type": "stat", "title": "A", "unit": "old"}]}})";
constexpr const char* kNew =
    R"({"folder": "", "model": {"title": "One", "panels": [{"id": 1, "type": "stat", "title": "A", "unit": "new"}]}})";

/// A Grafana and the service that speaks with it, impatiently.
class GrafanaServiceTest : public testing::Test {
 protected:
  Server server(const std::string& credential = "all") const {
    Server out;
    out.service = kGrafanaService;
    out.address = grafana.url();
    out.credential = Secret(credential);
    return out;
  }

  static Contact contact() {
    Contact out;
    out.transport = [] {
      HttpSettings settings;
      settings.limit = std::chrono::milliseconds(3'000);
      return curl_transport(settings);
    };
    return out;
  }

  std::string act(const GrafanaAct& wanted, const std::optional<Secret>& secret = {}) {
    const auto done = service->act(server(), grafana_act_text(wanted), secret, contact());
    return done ? "" : done.error().message;
  }

  Value ask(const std::string& question, const std::string& credential = "all") {
    auto answer = service->ask(server(credential), question, contact());
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : Value();
  }

  std::string unit() {
    const json found = grafana.ask("GET", "/api/dashboards/uid/one");
    return found.is_null() ? "gone" : found["dashboard"]["panels"][0]["unit"].get<std::string>();
  }

  void fault(const json& what) { grafana.tell("fault", what); }

  FakeGrafana grafana;
  const GrafanaAct make{GrafanaObject::Dashboard, "one", Value(), value_of(kOld)};
  const GrafanaAct change{GrafanaObject::Dashboard, "one", value_of(kOld), value_of(kNew)};
  const GrafanaAct remove{GrafanaObject::Dashboard, "one", value_of(kNew), Value()};
  std::unique_ptr<Service> service = make_grafana_service(
      {.attempts = 2, .first_pause = std::chrono::milliseconds(1), .longest_wait = {}});
};

TEST_F(GrafanaServiceTest, ACheckSaysWhatItFoundOrWhatIsWrong) {
  const auto check = [&](const GrafanaCheck& wanted, const std::string& credential = "all") {
    const auto found = service->check(server(credential), grafana_check_text(wanted), contact());
    return found ? *found : found.error().message;
  };
  EXPECT_EQ(check({}), "version 12.4.0");
  EXPECT_EQ(check({.dashboard = "one"}), "there is no dashboard one");
  EXPECT_EQ(act(make), "");
  EXPECT_EQ(check({.dashboard = "one", .title = "One"}), "'One', 1 panel");
  EXPECT_EQ(check({.dashboard = "one", .title = "Two"}),
            "dashboard one is called 'One', not 'Two'");
  EXPECT_THAT(check({.dashboard = "one"}, "nobody's"), HasSubstr("401"));
  EXPECT_EQ(check({.source = "Prom"}), "there is no data source Prom");
  grafana.ask("POST", "/api/datasources",
              {{"name", "Prom"},
               {"uid", "p"},
               {"type", "prometheus"},
               {"access", "proxy"},
               {"url", "http://127.0.0.1:9090"}});
  const std::string well = "Successfully queried the Prometheus API.";
  EXPECT_EQ(check({.source = "p"}), well);
  EXPECT_EQ(check({.dashboard = "one", .source = "Prom"}), "'One', 1 panel; " + well);
  const std::string path = "/api/datasources/uid/p/health";
  fault({{"what", "status"}, {"status", 400}, {"path", path}});
  EXPECT_THAT(check({.source = "p"}), HasSubstr("data source p: GET "));
  fault({{"what", "garbage"}, {"path", path}, {"times", 2}});
  EXPECT_THAT(check({.source = "p"}), HasSubstr("the answer is no JSON"));
  EXPECT_FALSE(service->check(server(), "no question", contact()));
}

TEST_F(GrafanaServiceTest, ItsHistorySaysWhichRunChangedADashboard) {
  EXPECT_EQ(act(make), "");
  std::string text = grafana_act_text(change);
  text.insert(text.size() - 1, R"(,"run":"shop/lab, h1, run 7")");
  EXPECT_TRUE(service->act(server(), text, {}, contact()));
  const json versions = grafana.ask("GET", "/api/dashboards/uid/one/versions")["versions"];
  EXPECT_EQ(versions[0]["message"], "holdfast: shop/lab, h1, run 7");
  EXPECT_EQ(versions[1]["message"], "holdfast");
}

TEST_F(GrafanaServiceTest, MakesChangesRemovesAndTakesBack) {
  EXPECT_TRUE(ask(grafana_question(GrafanaObject::Dashboard, "one")).is_null());
  EXPECT_EQ(act(make), "");
  EXPECT_EQ(act(change), "");
  EXPECT_EQ(unit(), "new");
  const Value seen = ask(grafana_question(GrafanaObject::Dashboard, "one"));
  EXPECT_EQ(stated_int(seen.as_map(), "version", 0), 2);
  EXPECT_EQ(act(remove), "");
  EXPECT_EQ(unit(), "gone");
  EXPECT_EQ(act(remove.back()), "");
  EXPECT_EQ(unit(), "new");
  EXPECT_EQ(act(change.back()), "");
  EXPECT_EQ(unit(), "old");
  EXPECT_EQ(act(make.back()), "");
  EXPECT_EQ(unit(), "gone");
}

TEST_F(GrafanaServiceTest, TwiceIsOnceAndWhatWasNotDoneIsNotTakenBack) {
  EXPECT_EQ(act(make.back()), "");
  EXPECT_EQ(act(make), "");
  EXPECT_EQ(act(change.back()), "");
  const int saves = grafana.asked("POST");
  EXPECT_EQ(act(make), "");
  EXPECT_EQ(act(change), "");
  EXPECT_EQ(act(change), "");
  EXPECT_EQ(grafana.asked("POST"), saves + 1);
  EXPECT_EQ(unit(), "new");
}

TEST_F(GrafanaServiceTest, WhatSomebodyElseMadeOfItStays) {
  ASSERT_EQ(act(make), "");
  grafana.tell("edit", {{"uid", "one"}, {"at", {"panels", 0, "unit"}}, {"to", "theirs"}});
  EXPECT_THAT(act(change), HasSubstr("it has version 2 now"));
  EXPECT_THAT(act(make.back()), HasSubstr("is not what it was"));
  EXPECT_EQ(unit(), "theirs");
  grafana.ask("DELETE", "/api/dashboards/uid/one");
  EXPECT_THAT(act(change), HasSubstr("it is gone"));
}

struct Fault {
  const char* name;
  json what;
  bool done;  ///< In the end.
};
class GrafanaFault : public GrafanaServiceTest, public testing::WithParamInterface<Fault> {};

/// A change either is made or is not, and the service knows which.
TEST_P(GrafanaFault, IsResolvedByReadingBack) {
  ASSERT_EQ(act(make), "");
  fault(GetParam().what);
  const std::string said = act(change);
  EXPECT_EQ(said.empty(), GetParam().done) << said;
  grafana.tell("clear-faults", json::object());
  EXPECT_EQ(unit(), GetParam().done ? "new" : "old");
  EXPECT_EQ(act(change.back()), "");
  EXPECT_EQ(unit(), "old");
}

const std::vector<Fault>& faults() {
  static const std::vector<Fault> kFaults{
      {"ErrorBefore", {{"what", "status"}, {"verb", "POST"}, {"status", 500}}, true},
      {"ErrorAfter",
       {{"what", "status"}, {"verb", "POST"}, {"status", 500}, {"after", true}},
       true},
      {"ErrorForGood",
       {{"what", "status"}, {"verb", "POST"}, {"status", 500}, {"times", 9}},
       false},
      {"Conflict", {{"what", "status"}, {"verb", "POST"}, {"status", 412}}, true},
      {"Unprocessable", {{"what", "status"}, {"verb", "POST"}, {"status", 422}}, false},
      {"CutBefore", {{"what", "close"}, {"verb", "POST"}}, true},
      {"CutAfter", {{"what", "close"}, {"verb", "POST"}, {"after", true}}, true},
      {"HalfAnAnswer", {{"what", "truncated"}, {"verb", "POST"}, {"after", true}}, true},
      {"Garbage", {{"what", "garbage"}, {"verb", "POST"}, {"after", true}}, true},
      {"TimeoutAfter",
       {{"what", "hang"}, {"verb", "POST"}, {"after", true}, {"seconds", 20}},
       true},
      {"NoLook", {{"what", "status"}, {"verb", "GET"}, {"status", 500}, {"times", 9}}, false}};
  return kFaults;
}

INSTANTIATE_TEST_SUITE_P(Table, GrafanaFault, testing::ValuesIn(faults()),
                         [](const auto& p) { return p.param.name; });

TEST_F(GrafanaServiceTest, FoldersAreRemovedOnlyWhenNothingIsInThem) {
  const GrafanaAct made{GrafanaObject::Folder, "ops", Value(), value_of(R"({"title": "Ops"})")};
  const GrafanaAct named{GrafanaObject::Folder, "ops", made.to, value_of(R"({"title": "Other"})")};
  EXPECT_EQ(act(made), "");
  EXPECT_EQ(act(named), "");
  EXPECT_EQ(stated_text(ask(grafana_question(GrafanaObject::Folder, "ops")).as_map(), "title"),
            "Other");
  const GrafanaAct inside{
      GrafanaObject::Dashboard, "one", Value(),
      value_of(R"({"folder": "ops", "model": {"title": "One", "panels": []}})")};
  EXPECT_EQ(act(inside), "");
  EXPECT_EQ(stated_text(ask(grafana_question(GrafanaObject::Dashboard, "one")).as_map(), "folder"),
            "ops");
  const GrafanaAct gone{GrafanaObject::Folder, "ops", named.to, Value()};
  EXPECT_THAT(act(gone), HasSubstr("'One' lies in it"));
  EXPECT_EQ(act(inside.back()), "");
  EXPECT_EQ(act(gone), "");
  EXPECT_TRUE(ask(grafana_question(GrafanaObject::Folder, "ops")).is_null());
}

TEST_F(GrafanaServiceTest, DataSourcesAreNamedAndTheirSecretsStay) {
  GrafanaAct made{
      GrafanaObject::Source, "p", Value(),
      value_of(R"({"fields": {"name": "Prom", "type": "prometheus", "access": "proxy"}})")};
  made.secrets = true;
  EXPECT_EQ(act(made, Secret(R"({"basicAuthPassword": "x"})")), "");
  Value seen = ask(grafana_question(GrafanaObject::Source, "p"));
  EXPECT_EQ(stated_list(seen.as_map(), "secrets"), std::vector<std::string>{"basicAuthPassword"});
  EXPECT_EQ(stated_text(ask(grafana_source_question("Prom")).as_map(), "uid"), "p");
  EXPECT_TRUE(ask(grafana_source_question("Loki")).is_null());
  const GrafanaAct changed{
      GrafanaObject::Source, "p", made.to,
      value_of(
          R"({"fields": {"name": "Prom", "type": "prometheus", "access": "proxy", "url": "http://x"}})")};
  EXPECT_EQ(act(changed), "");
  seen = ask(grafana_question(GrafanaObject::Source, "p"));
  EXPECT_EQ(stated_list(seen.as_map(), "secrets").size(), 1U);
  // Nobody can read whether a secret is right already.
  GrafanaAct again = changed;
  again.secrets = true;
  const int puts = grafana.asked("PUT");
  fault({{"what", "close"}, {"verb", "PUT"}, {"after", true}});
  EXPECT_EQ(act(again, Secret(R"({"basicAuthPassword": "y"})")), "");
  EXPECT_EQ(grafana.asked("PUT"), puts + 2 + 1);
  // A dashboard that speaks of it by name gets its uid, and back.
  const GrafanaAct named{
      GrafanaObject::Dashboard, "one", Value(),
      value_of(
          R"({"folder": "", "model": {"title": "One", "panels": [{"type": "stat", "datasource": "Prom"}]}})")};
  EXPECT_EQ(act(named), "");
  EXPECT_EQ(grafana.ask("GET", "/api/dashboards/uid/one")["dashboard"]["panels"][0]["datasource"],
            (json{{"uid", "p"}}));
  EXPECT_EQ(act(named.back()), "");
}

TEST_F(GrafanaServiceTest, ACredentialThatWontDoIsSaidSo) {
  const auto said = [&](const std::string& credential) {
    const auto answer = service->ask(server(credential), grafana_source_question("x"), contact());
    return answer ? ""
                  : code_text(answer.error().code) + " " + answer.error().message + " | " +
                        answer.error().hint;
  };
  EXPECT_EQ(said("admin:admin"), "");
  EXPECT_THAT(said("glsa_wrong"), HasSubstr("Invalid API key | the token or the login is wrong"));
  EXPECT_THAT(said("admin:guess"), HasSubstr("Invalid username or password"));
  const std::string viewer = grafana.tell("token", {{"role", "Viewer"}})["token"];
  EXPECT_THAT(said(viewer), HasSubstr("needs the role Editor"));
  EXPECT_THAT(said(viewer), ::testing::Not(HasSubstr(viewer)));
}

TEST(GrafanaActText, IsReadAsWritten) {
  GrafanaAct act{GrafanaObject::Source, "p", value_of(R"({"fields": {"name": "é \" \n"}})"), {}};
  act.secrets = true;
  const auto read = read_grafana_act(grafana_act_text(act));
  ASSERT_TRUE(read);
  EXPECT_EQ(grafana_act_text(*read), grafana_act_text(act));
  EXPECT_FALSE(read->back().secrets);
  for (const char* text : {"", "{}", "[]", R"({"object": "user", "uid": "x"})",
                           R"({"object": "folder", "uid": ""})"}) {
    EXPECT_FALSE(read_grafana_act(text)) << text;
  }
  EXPECT_FALSE(read_grafana_question(R"({"get": "folder"})"));
}

}  // namespace
}  // namespace holdfast
