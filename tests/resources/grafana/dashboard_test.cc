#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/core/text.h"
#include "resources/grafana/lint.h"
#include "resources/grafana/normal.h"
#include "tests/support/source_dir.h"

namespace holdfast {
namespace {

Value model(std::string_view text) {
  JsonMistake mistake;
  const auto root = parse_json_text(text, mistake);
  EXPECT_TRUE(root) << mistake.line << ":" << mistake.column << " " << mistake.what;
  return root ? json_value(*root) : Value(ValueMap{});
}

/// Where `seen` differs from what is declared, as a plan would show it.
std::string differences(std::string_view declared_text, std::string_view seen_text) {
  const Value declared = model(declared_text);
  const Value seen = model(seen_text);
  const State there = dashboard_places(declared.as_map(), seen.as_map());
  std::string out;
  for (const auto& [place, wanted] : dashboard_places(declared.as_map())) {
    const Value* found = there.find(place);
    if (found != nullptr && *found == wanted) continue;
    out += place + ": " + (found == nullptr ? "nothing" : found->display()) + " -> " +
           wanted.display() + "\n";
  }
  return out;
}

constexpr const char* kDeclared = R"json({
  "uid": "one", "title": "One", "schemaVersion": 27, "tags": ["a", "b"], "refresh": "1s",
  "templating": {"list": [{"name": "host", "type": "query", "query": "label_values(up, host)"}]},
  "panels": [
    {"id": 1, "type": "timeseries", "title": "CPU", "datasource": "Prometheus",
     "fieldConfig": {"defaults": {"thresholds": {"steps": [{"color": "green", "value": null}]}}},
     "targets": [{"refId": "A", "expr": "cpu"}, {"refId": "B", "expr": "load", "hide": false}]},
    {"id": 2, "type": "row", "title": "More", "collapsed": true, "panels": [
      {"id": 3, "type": "stat", "title": "Age", "options": {}, "targets": [{"expr": "age"}]}]}
  ]})json";

/// As a newer server answers, after somebody saved it in a browser without a change.
constexpr const char* kStored = R"json({
  "id": 7, "uid": "one", "version": 4, "title": "One", "schemaVersion": 42, "tags": ["b", "a"],
  "refresh": "5s", "editable": true, "links": [],
  "annotations": {"list": [{"builtIn": 1, "name": "Annotations & Alerts", "enable": true}]},
  "templating": {"list": [{"name": "host", "type": "query", "query": "label_values(up, host)",
                           "current": {"text": "h1", "value": "h1"}, "options": []}]},
  "panels": [
    {"id": 12, "type": "row", "title": "More", "collapsed": true, "panels": [
      {"id": 3, "type": "stat", "title": "Age", "pluginVersion": "12.4.0",
       "targets": [{"expr": "age", "refId": "A"}]}]},
    {"id": 1, "type": "timeseries", "title": "CPU", "datasource": {"uid": "Prometheus"},
     "fieldConfig": {"defaults": {"thresholds": {"steps": [{"color": "green"}]}}, "overrides": []},
     "targets": [{"refId": "A", "expr": "cpu"}, {"refId": "B", "expr": "load"}]}
  ]})json";

std::string edited(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(GrafanaNormalForm, WhatTheServerChangesByItselfIsNoDifference) {
  EXPECT_EQ(differences(kDeclared, kDeclared), "");
  EXPECT_EQ(differences(kDeclared, kStored), "");
}

struct Edit {
  const char* name;
  const char* from;
  const char* to;
  const char* shown;
};
class GrafanaEdit : public testing::TestWithParam<Edit> {};

/// Outside of the macro: preprocessors stumble over raw strings inside of one.
const std::vector<Edit>& edits() {
  static const std::vector<Edit> kEdits{
      {"Expression", R"("expr": "cpu")", R"("expr": "cpu * 2")",
       "panel 'CPU': targets[0].expr: cpu * 2 -> cpu\n"},
      {"Renamed", R"("title": "CPU")", R"("title": "Load")", "panel 'CPU': title: Load -> CPU\n"},
      {"Folded", R"("title": "Age")", R"("title": "Older")", "panel 'Age': title: Older -> Age\n"},
      {"Unfolded", R"("collapsed": true)", R"("collapsed": false)",
       "row 'More': collapsed: false -> true\n"},
      {"Base", R"({"color": "green"})", R"({"color": "green", "value": 5})",
       "panel 'CPU': fieldConfig.defaults.thresholds.steps[0].value: 5 -> null\n"},
      {"Query", R"(, {"refId": "B", "expr": "load"})", "",
       "panel 'CPU': targets (length): 1 -> 2\n"},
      {"Source", R"({"uid": "Prometheus"})", R"({"uid": "other"})",
       "panel 'CPU': datasource: {\"uid\":\"other\"} -> Prometheus\n"},
      {"Tags", R"(["b", "a"])", R"(["b"])", "tags: [\"b\"] -> [\"a\",\"b\"]\n"},
      {"Schema", R"("schemaVersion": 42)", R"("schemaVersion": 16)", "schemaVersion: 16 -> 27\n"},
      {"Refresh", R"("refresh": "5s")", R"("refresh": "")", "refresh:  -> 1s\n"},
      {"Variable", R"("query": "label_values)", R"("query": "x)",
       "variable 'host': query: x(up, host) -> label_values(up, host)\n"},
      {"Annotation", R"({"builtIn": 1,)", R"({"name": "Mine"}, {"builtIn": 1,)",
       "annotations: [\"annotation 'Mine'\"] -> []\n"},
      {"Extra", R"({"id": 12)", R"({"id": 40, "type": "text", "title": "Note"}, {"id": 12)",
       "panels: [\"panel 'CPU'\",\"row 'More'\",\"panel 'Age'\",\"panel 'Note'\"] -> "
       "[\"panel 'CPU'\",\"row 'More'\",\"panel 'Age'\"]\n"},
      {"Gone",
       "{\"id\": 3, \"type\": \"stat\", \"title\": \"Age\", \"pluginVersion\": \"12.4.0\",\n       "
       "\"targets\": [{\"expr\": \"age\", \"refId\": \"A\"}]}",
       "",
       "panels: [\"panel 'CPU'\",\"row 'More'\"] -> [\"panel 'CPU'\",\"row 'More'\",\"panel "
       "'Age'\"]\n"}};
  return kEdits;
}

TEST_P(GrafanaEdit, IsSeenPanelByPanel) {
  const Edit& edit = GetParam();
  EXPECT_EQ(differences(kDeclared, edited(kStored, edit.from, edit.to)), edit.shown);
}

INSTANTIATE_TEST_SUITE_P(Table, GrafanaEdit, testing::ValuesIn(edits()),
                         [](const auto& p) { return p.param.name; });

TEST(GrafanaNormalForm, PanelsOfOneTitleAreToldApart) {
  const char* twins = R"({"title": "T", "panels": [
    {"id": 1, "type": "stat", "title": "X", "unit": "a"}, {"id": 2, "type": "stat", "title": "X", "unit": "b"},
    {"type": "text"}]})";
  EXPECT_EQ(differences(twins, twins), "");
  EXPECT_EQ(differences(twins, edited(twins, R"("unit": "b")", R"("unit": "c")")),
            "panel 'X' (2): unit: c -> b\n");
  const char* turned = R"({"title": "T", "panels": [{"id": 9, "type": "text"},
    {"id": 2, "type": "stat", "title": "X", "unit": "b"}, {"id": 1, "type": "stat", "title": "X", "unit": "a"}]})";
  EXPECT_EQ(differences(twins, turned), "");
}

/// "line:column what (hint)", one a line.
std::string flaws(std::string_view text,
                  std::optional<std::map<std::string, std::string>> sources) {
  JsonMistake mistake;
  const auto root = parse_json_text(text, mistake);
  if (!root) return "no JSON";
  std::string out;
  for (const DashboardFlaw& flaw : dashboard_flaws(*root, {"one", std::move(sources)})) {
    const TextPlace place = text_place(text, flaw.at);
    out += std::to_string(place.line) + ":" + std::to_string(place.column) + " " + flaw.what;
    if (!flaw.hint.empty()) out += " (" + flaw.hint + ")";
    out += "\n";
  }
  return out;
}

TEST(GrafanaLint, SaysWhereSomethingIsWrong) {
  EXPECT_EQ(flaws(kDeclared, std::nullopt), "");
  EXPECT_EQ(flaws("[]", std::nullopt), "1:1 no dashboard: it is no map of keys\n");
  EXPECT_EQ(flaws(R"({"meta": {}, "dashboard": {"title": "x"}})", std::nullopt),
            "1:27 a dashboard inside of something else, as Grafana's API answers with one (keep "
            "only what stands under 'dashboard')\n");
  EXPECT_EQ(flaws("{\"panels\": []}", std::nullopt),
            "1:1 it has no title (Grafana refuses it without one)\n");
  EXPECT_EQ(flaws("{\n \"title\": \" \"}", std::nullopt),
            "2:11 it has no title (Grafana refuses it without one)\n");
  EXPECT_EQ(flaws(R"({"title": "x", "uid": "two"})", std::nullopt),
            "1:23 its uid is 'two', and the resource's name is 'one' (the name of a "
            "grafana_dashboard is its uid)\n");
  for (const char* uid : {"a/b", "12345678901234567890123456789012345678901"}) {
    EXPECT_EQ(
        flaws(R"({"title": "x", "uid": ")" + std::string(uid) + "\"}", std::nullopt),
        "1:23 its uid is none that Grafana takes (at most 40 letters, digits, '-' and '_')\n");
  }
  EXPECT_EQ(
      flaws(edited(kDeclared, R"("id": 3,)", R"("id": 1,)"), std::nullopt),
      "9:14 panel 'Age' has the id 1, as panel 'CPU' has (each panel has an id of its own)\n");
  EXPECT_EQ(
      flaws(edited(kDeclared, R"("refId": "B")", R"("refId": "A")"), std::nullopt),
      "7:59 panel 'CPU' has two queries 'A' (each query of a panel has a refId of its own)\n");
  EXPECT_EQ(flaws(edited(kDeclared, R"("type": "stat", )", ""), std::nullopt),
            "9:7 panel 'Age' has no type (such as timeseries, stat, table)\n");
}

TEST(GrafanaLint, KnowsDataSourcesByNameUidAndVariable) {
  using Sources = std::map<std::string, std::string>;
  EXPECT_EQ(flaws(kDeclared, Sources{{"Prometheus", "prom-1"}}), "");
  EXPECT_EQ(flaws(kDeclared, Sources{{"x", "Prometheus"}}), "");
  EXPECT_EQ(flaws(kDeclared, Sources{{"Loki", "loki"}}),
            "5:67 an unknown data source 'Prometheus' ('datasources' knows Loki)\n");
  EXPECT_EQ(flaws(kDeclared, Sources{}),
            "5:67 an unknown data source 'Prometheus' ('datasources' knows none)\n");
  const auto with = [&](std::string_view reference) {
    return edited(kDeclared, R"("Prometheus")", reference);
  };
  for (const char* own : {R"("-- Mixed --")", R"({"type": "grafana", "uid": "-- Grafana --"})",
                          R"("${host}")", R"({"uid": "$host"})", "null", R"("[[host]]")"}) {
    EXPECT_EQ(flaws(with(own), Sources{}), "") << own;
  }
  EXPECT_EQ(flaws(with(R"({"uid": "${DS_PROM}"})"), std::nullopt),
            "5:75 an unknown data source '${DS_PROM}' (say which it is under 'datasources')\n");
  EXPECT_EQ(flaws(with(R"({"uid": "${DS_PROM}"})"), Sources{{"DS_PROM", "p"}}), "");
}

TEST(GrafanaPlaced, ChangesNothingButTheReferences) {
  const std::map<std::string, std::string> sources{{"Prometheus", "prom-1"}, {"DS_PROM", "p"}};
  EXPECT_EQ(placed_dashboard(kDeclared, "one", {}), kDeclared);
  EXPECT_EQ(placed_dashboard(kDeclared, "one", sources),
            edited(kDeclared, R"("Prometheus")", R"({"uid": "prom-1"})"));
  EXPECT_EQ(placed_dashboard(R"({"title": "x", "datasource": {"type": "t", "uid": "${DS_PROM}"},
"options": {"datasource": "Prometheus"}})",
                             "one", sources),
            R"({"title": "x", "datasource": {"type": "t", "uid": "p"},
"options": {"datasource": "Prometheus"},
"uid": "one"})");
  EXPECT_EQ(placed_dashboard("{\"uid\": null, \"title\": \"x\"}", "one", {}),
            "{\"uid\": \"one\", \"title\": \"x\"}");
}

TEST(GrafanaQueries, AreThoseOfPanelsAndAnnotations) {
  const std::string text = edited(
      kDeclared, R"("templating")",
      R"("annotations": {"list": [{"name": "Jobs", "expr": "changes(jobs[1m]) > 0"}]}, "templating")");
  std::string out;
  for (const DashboardQuery& query : dashboard_queries(text)) {
    const TextPlace place = text_place(text, query.at);
    out += std::to_string(place.line) + ":" + std::to_string(place.column) + " " + query.owner +
           " [" + query.source + "] " + query.expr + "\n";
  }
  EXPECT_EQ(out,
            "7:41 panel 'CPU' [Prometheus] cpu\n7:72 panel 'CPU' [Prometheus] load\n"
            "9:85 panel 'Age' [] age\n3:53 annotation 'Jobs' [] changes(jobs[1m]) > 0\n");
  EXPECT_TRUE(dashboard_queries("no").empty());
}

TEST(GrafanaShipped, TheRunnersDashboardIsSound) {
  std::ifstream file(source_dir() + "/manifests/files/github-runner-health.json");
  std::ostringstream text;
  text << file.rdbuf();
  JsonMistake mistake;
  const auto root = parse_json_text(text.str(), mistake);
  ASSERT_TRUE(root) << mistake.line << ": " << mistake.what;
  const std::map<std::string, std::string> sources{{"Prometheus", "prometheus"}};
  for (const DashboardFlaw& flaw : dashboard_flaws(*root, {"github-runner-health", sources})) {
    ADD_FAILURE() << flaw.what;
  }
  EXPECT_EQ(root->find("panels")->value.items.size(), 7U);
  EXPECT_EQ(dashboard_queries(text.str()).size(), 8U);
}

}  // namespace
}  // namespace holdfast
