#include <gtest/gtest.h>

#include "engine/plan/diff.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_grafana_datasource_kind();

namespace {

State data_source() {
  return state({{"uid", "p"},
                {"type", "prometheus"},
                {"url", "http://x"},
                {"access", "proxy"},
                {"json", Value(state({{"httpMethod", "POST"}, {"tls", Value(state({{"a", 1}}))}}))},
                {"secrets", Value(state({{"key", Secret("hidden")}}))},
                {"server", "http://g"},
                {"token", Secret("all")},
                {"through", "direct"}});
}

Value fields(const char* url, const char* method) {
  return Value(state({{"name", "Prom"},
                      {"type", "prometheus"},
                      {"access", "proxy"},
                      {"url", url},
                      {"isDefault", false},
                      {"jsonData", Value(state({{"httpMethod", method},
                                                {"tls", Value(state({{"a", 1}, {"b", 2}}))},
                                                {"own", true}}))}}));
}

Value seen(const char* url, const char* method, bool secret = true) {
  return Value(state({{"uid", "p"},
                      {"fields", fields(url, method)},
                      {"version", 2},
                      {"provisioned", false},
                      {"secrets", secret ? Value(ValueList{"key"}) : Value(ValueList{})}}));
}

const Query kQuestion{"grafana", "http://g {\"get\": \"source\", \"uid\": \"p\"}"};

Change change_of(const Kind& kind, const Resource& resource, Value answer) {
  Answers answers;
  answers.set(kQuestion, std::move(answer));
  const auto found = kind.read(resource, answers);
  EXPECT_TRUE(found) << found.error().message;
  return found ? diff(kind, resource, *found) : Change{};
}

const Call& call_of(const std::vector<PhasedStep>& steps) {
  return std::get<Call>(steps.at(0).step);
}

TEST(GrafanaDatasource, ComparesWhatIsStatedAndKeepsTheRest) {
  const auto kind = make_grafana_datasource_kind();
  const Resource resource = resource_for(*kind, "Prom", data_source());
  EXPECT_EQ(check_text(*kind, resource), "");
  const Change change = change_of(*kind, resource, seen("http://old", "GET"));
  // Whether the secret is the stated one, the engine finds in the record.
  EXPECT_EQ(attributes_text(change),
            "url: http://old -> http://x\njson/httpMethod: GET -> POST\nsecret key: (set) -> "
            "(secret)\n");
  const auto steps = kind->steps(resource, change);
  const Call& call = call_of(steps);
  EXPECT_EQ(
      call.act,
      R"({"object": "source", "uid": "p", "from": {"fields": {"name": "Prom", "type": "prometheus", "access": "proxy", "url": "http://old", "isDefault": false, "jsonData": {"httpMethod": "GET", "tls": {"a": 1, "b": 2}, "own": true}}}, "to": {"fields": {"name": "Prom", "type": "prometheus", "access": "proxy", "url": "http://x", "isDefault": false, "jsonData": {"httpMethod": "POST", "tls": {"a": 1, "b": 2}, "own": true}}}, "secrets": true})");
  EXPECT_EQ(call.act.find("hidden"), std::string::npos);
  ASSERT_TRUE(call.secret);
  EXPECT_EQ(call.secret->reveal(), R"({"key": "hidden"})");
  EXPECT_TRUE(kind->effects(resource, change).one_way);
}

TEST(GrafanaDatasource, ASecretThatIsMissingIsSet) {
  const auto kind = make_grafana_datasource_kind();
  const Resource resource = resource_for(*kind, "Prom", data_source());
  EXPECT_EQ(attributes_text(change_of(*kind, resource, seen("http://x", "POST", false))),
            "secret key: null -> (secret)\n");
  const Change created = change_of(*kind, resource, {});
  EXPECT_EQ(created.action, Action::Create);
  const auto steps = kind->steps(resource, created);
  EXPECT_TRUE(call_of(steps).secret);
  EXPECT_FALSE(kind->effects(resource, created).one_way);
}

TEST(GrafanaDatasource, RemovingOneTakesItsSecretsAlong) {
  const auto kind = make_grafana_datasource_kind();
  const Resource resource = resource_for(*kind, "Prom", data_source(), true);
  const Change change = change_of(*kind, resource, seen("http://x", "POST"));
  EXPECT_EQ(change.action, Action::Delete);
  EXPECT_EQ(kind->effects(resource, change).irreversible.size(), 1U);
  EXPECT_EQ(describe(kind->steps(resource, change).at(0).step),
            "remove the data source p on http://g");
  EXPECT_TRUE(kind->effects(resource, change_of(*kind, resource, seen("http://x", "POST", false)))
                  .irreversible.empty());
}

TEST(GrafanaDatasource, OneFromAFileIsLeftAlone) {
  const auto kind = make_grafana_datasource_kind();
  const Resource resource = resource_for(*kind, "Prom", data_source());
  ValueMap provisioned = seen("http://x", "POST").as_map();
  provisioned.set("provisioned", true);
  Answers answers;
  answers.set(kQuestion, Value(provisioned));
  const auto found = kind->read(resource, answers);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::GrafanaFromFile);
}

TEST(GrafanaDatasource, IsKnownByItsNameAndItsUid) {
  const auto kind = make_grafana_datasource_kind();
  EXPECT_EQ(kind->links(resource_for(*kind, "Prom", data_source())).provides,
            (std::vector<std::string>{"grafana-source:Prom", "grafana-source:p"}));
  EXPECT_EQ(kind->identity(resource_for(*kind, "Prom", data_source())), "grafana_datasource p");
  State unnamed = data_source();
  unnamed.erase("uid");
  EXPECT_EQ(kind->identity(resource_for(*kind, "prom", unnamed)), "grafana_datasource prom");
  EXPECT_NE(check_text(*kind, resource_for(*kind, "My Prometheus", unnamed)), "");
  State leaking = data_source();
  leaking.set("json", Value(state({{"password", Secret("x")}})));
  EXPECT_NE(check_text(*kind, resource_for(*kind, "Prom", leaking)), "");
}

}  // namespace
}  // namespace holdfast
