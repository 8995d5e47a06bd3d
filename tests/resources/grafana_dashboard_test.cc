#include <gtest/gtest.h>

#include "engine/plan/diff.h"
#include "resources/grafana/queries.h"
#include "resources/json/document.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_grafana_dashboard_kind();

namespace {

constexpr const char* kDashboardPath = "/var/lib/grafana/dashboards/one.json";
constexpr const char* kDashboardText =
    "{\"uid\": \"one\", \"title\": \"One\", \"panels\": [\n"
    "  {\"id\": 1, \"type\": \"stat\", \"title\": \"CPU\", \"datasource\": \"Prom\",\n"
    "   \"targets\": [{\"refId\": \"A\", \"expr\": \"cpu\"}]}]}\n";

State by_file() {
  return state({{"content", kDashboardText}, {"provision", "file"}, {"through", "direct"}});
}

class GrafanaDashboardFile : public testing::TestWithParam<KindCase> {};

TEST_P(GrafanaDashboardFile, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_grafana_dashboard_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "one", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GrafanaDashboardFile,
    testing::Values(KindCase{"Converged", by_file(),
                             file_answers(kDashboardPath, stat_answer("file"),
                                          digest_answer(kDashboardText)),
                             ""},
                    KindCase{"Removed",
                             {},
                             file_answers(kDashboardPath, stat_answer("file"), digest_answer("x")),
                             "remove /var/lib/grafana/dashboards/one.json if file 2d71\n",
                             "",
                             "ensure: absent",
                             true}),
    [](const auto& p) { return p.param.name; });

TEST(GrafanaDashboard, IsWrittenWithItsDataSourcesUids) {
  const auto kind = make_grafana_dashboard_kind();
  State desired = by_file();
  desired.set("datasources", Value(state({{"Prom", "p-1"}})));
  desired.set("path", "/srv/d");
  const Resource resource = resource_for(*kind, "one", desired);
  EXPECT_EQ(check_text(*kind, resource), "");
  const std::string written(kind->text(resource, "content").bytes());
  EXPECT_NE(written.find("\"datasource\": {\"uid\": \"p-1\"},"), std::string::npos) << written;
  EXPECT_EQ(kind->links(resource).provides, std::vector<std::string>{"path:/srv/d/one.json"});
}

State by_api() {
  return state({{"content", kDashboardText},
                {"provision", "api"},
                {"folder", "ops"},
                {"server", "http://g"},
                {"token", Secret("all")},
                {"through", "ssh"}});
}

Value model(const char* expr, const char* source) {
  JsonMistake ignored;
  const std::string text =
      R"({"id": 4, "uid": "one", "version": 7, "title": "One", "schemaVersion": 42, "panels": [{"id": 9, "type": "stat", "title": "CPU", "datasource": {"type": "prometheus", "uid": ")" +
      std::string(source) + R"("}, "targets": [{"refId": "A", "expr": ")" + expr + R"("}]}]})";
  return json_value(*parse_json_text(text, ignored));
}

/// A server that has the dashboard, the folder and a data source `Prom` with the uid p.
Answers server(Value dashboard, bool folder = true, bool source = true) {
  const auto key = [](const char* question) {
    return Query{"grafana", std::string("http://g ") + question};
  };
  Answers out;
  out.set(key(R"({"get": "dashboard", "uid": "one"})"), std::move(dashboard));
  out.set(key(R"({"get": "folder", "uid": "ops"})"),
          folder ? Value(state({{"title", "Ops"}})) : Value());
  out.set(key(R"({"get": "source", "name": "Prom"})"),
          source ? Value(state({{"uid", "p"}})) : Value());
  return out;
}

Value dashboard_there(const char* expr, const char* folder = "ops", const char* source = "p") {
  return Value(state({{"folder", folder},
                      {"model", model(expr, source)},
                      {"version", 7},
                      {"provisioned", false}}));
}

std::string changed(const Answers& answers) {
  const auto kind = make_grafana_dashboard_kind();
  const Resource resource = resource_for(*kind, "one", by_api());
  const auto seen = kind->read(resource, answers);
  if (!seen) return seen.error().message;
  return attributes_text(diff(*kind, resource, *seen));
}

TEST(GrafanaDashboard, OnAServerIsComparedPanelByPanel) {
  EXPECT_EQ(changed(server(dashboard_there("cpu"))), "");
  EXPECT_EQ(changed(server(dashboard_there("cpu * 2"))),
            "panel 'CPU': targets[0].expr: cpu * 2 -> cpu\n");
  EXPECT_EQ(changed(server(dashboard_there("cpu", ""))), "folder:  -> ops\n");
  EXPECT_EQ(changed(server(dashboard_there("cpu", "ops", "other"))),
            "panel 'CPU': datasource: {\"type\":\"prometheus\",\"uid\":\"other\"} -> Prom\n");
  ValueMap provisioned = dashboard_there("cpu").as_map();
  provisioned.set("provisioned", true);
  EXPECT_NE(changed(server(Value(provisioned))).find("comes from a file"), std::string::npos);
}

TEST(GrafanaDashboard, OnAServerIsSavedAndTakenBackWhole) {
  const auto kind = make_grafana_dashboard_kind();
  const Resource resource = resource_for(*kind, "one", by_api());
  const auto seen = kind->read(resource, server(dashboard_there("cpu * 2")));
  ASSERT_TRUE(seen);
  const auto steps = kind->steps(resource, diff(*kind, resource, *seen));
  const Call& call = std::get<Call>(steps.at(0).step);
  EXPECT_TRUE(call.server.through_host);
  EXPECT_EQ(call.note, "change the dashboard one on http://g");
  const std::string undo = std::get<std::string>(call.undo);
  EXPECT_NE(call.act.find(R"("to": {"folder": "ops", "model": {"uid": "one", "title": "One")"),
            std::string::npos)
      << call.act;
  EXPECT_NE(undo.find(R"("to": {"folder": "ops", "model": {"id": 4, "uid": "one", "version": 7)"),
            std::string::npos)
      << undo;
  for (const std::string& text : {call.act, undo}) EXPECT_EQ(text.find("all"), std::string::npos);
}

TEST(GrafanaDashboard, NeedsItsFolderAndItsDataSources) {
  const auto kind = make_grafana_dashboard_kind();
  const Resource resource = resource_for(*kind, "one", by_api());
  EXPECT_TRUE(kind->missing(resource, server({})).empty());
  EXPECT_EQ(kind->missing(resource, server({}, false, false)),
            (std::vector<std::string>{"grafana-folder:ops", "grafana-source:Prom"}));
  const Links links = kind->links(resource);
  for (const char* token :
       {"grafana-folder:ops", "grafana-source:Prom", "unit:grafana-server.service"}) {
    EXPECT_EQ(std::count(links.needs.begin(), links.needs.end(), token), 1) << token;
  }
}

TEST(GrafanaDashboard, OneDashboardHasOneWay) {
  const auto kind = make_grafana_dashboard_kind();
  EXPECT_EQ(kind->identity(resource_for(*kind, "one", by_file())),
            kind->identity(resource_for(*kind, "one", by_api())));
}

TEST(GrafanaDashboard, RefusesWhatIsStatedWrongly) {
  const auto kind = make_grafana_dashboard_kind();
  const auto said = [&](State desired, const char* attribute, Value value,
                        const char* name = "one") {
    desired.set(attribute, std::move(value));
    return check_text(*kind, resource_for(*kind, name, desired));
  };
  EXPECT_EQ(said(by_api(), "content", kDashboardText), "");
  EXPECT_EQ(said(by_file(), "content", kDashboardText), "");
  for (const char* attribute : {"folder", "server", "user"}) {
    EXPECT_NE(said(by_file(), attribute, "http://x"), "") << attribute;
  }
  EXPECT_NE(said(by_api(), "path", "/srv"), "");
  EXPECT_NE(said(by_api(), "token", Value()), "");
  EXPECT_NE(said(by_file(), "content", kDashboardText, "a b"), "");
  EXPECT_NE(said(by_file(), "content", Secret(kDashboardText)), "");
  EXPECT_EQ(said(by_file(), "content", "{\n  \"title\": one\n}"),
            "HF7161 grafana_dashboard 'one': no JSON: line 2, column 12: no value\n");
  EXPECT_EQ(said(by_file(), "content", "{\"panels\": []}"),
            "HF7162 grafana_dashboard 'one': line 1: it has no title\n");
  EXPECT_EQ(said(by_file(), "datasources", Value(state({{"Loki", "l"}}))),
            "HF7162 grafana_dashboard 'one': line 2: an unknown data source 'Prom'\n");
}

TEST(GrafanaDashboard, HandsItsQueriesOutWithTheirPlaces) {
  const auto kind = make_grafana_dashboard_kind();
  const auto queries = panel_queries(resource_for(*kind, "one", by_file()));
  ASSERT_EQ(queries.size(), 1U);
  EXPECT_EQ(queries[0].panel, "panel 'CPU'");
  EXPECT_EQ(queries[0].expr, "cpu");
}

}  // namespace
}  // namespace holdfast
