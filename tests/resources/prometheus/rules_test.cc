#include "resources/prometheus/rules.h"

#include <gtest/gtest.h>

#include "engine/core/yaml.h"
#include "resources/prometheus/rules_check.h"
#include "resources/prometheus/server.h"
#include "tests/resources/make.h"

namespace holdfast {
namespace {

std::string said(const std::string& text) {
  const auto documents = parse_yaml(std::make_shared<const Source>(Source{"rules", text}));
  if (!documents) return documents.error().message;
  std::string out;
  for (const RuleMistake& mistake : check_rules(yaml12_value(documents->front()))) {
    for (const auto& step : mistake.path) {
      out += "/" + (step.index() == 0 ? std::get<0>(step) : std::to_string(std::get<1>(step)));
    }
    out += ": " + mistake.what + "\n";
  }
  return out;
}

std::string in_group(const std::string& rule) {
  return "groups:\n  - name: g\n    rules:\n" + rule;
}

TEST(PrometheusRuleTree, SoundRulesAreTaken) {
  EXPECT_EQ(said(in_group("      - alert: A\n        expr: up == 0\n        for: 1h30m\n"
                          "        labels: {severity: critical}\n        annotations:\n"
                          "          summary: '{{ $labels.instance }} is {{ $value }}'\n"
                          "      - record: job:up:sum\n        expr: sum by (job) (up)\n"
                          "      - alert: B\n        expr: 1\n")),
            "");
}

struct Case {
  const char* name;
  std::string text;
  const char* says;
};

class RuleMistakes : public testing::TestWithParam<Case> {};

TEST_P(RuleMistakes, AreSaidWithTheirPlace) {
  EXPECT_NE(said(GetParam().text).find(GetParam().says), std::string::npos)
      << said(GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RuleMistakes,
    testing::Values(
        Case{"NoGroups", "rules: []\n", "there are no 'groups'"},
        Case{"UnknownTop", "groups: []\nrule: 1\n", "/rule: 'rule' is no key"},
        Case{"NoGroup", "groups: []\n", "/groups: there is no group"},
        Case{"NoName", "groups:\n  - rules: []\n", "/groups/0: a group needs a 'name'"},
        Case{"Twice", "groups:\n  - {name: a, rules: []}\n  - {name: a, rules: []}\n",
             "/groups/1/name: two groups"},
        Case{"NoRules", "groups:\n  - {name: a}\n", "/groups/0/rules: group 'a' has no"},
        Case{"Misspelt", in_group("      - {alert: A, exp: up}\n"),
             "/groups/0/rules/0/exp: 'exp' is no key of a rule; did you mean 'expr'?"},
        Case{"Neither", in_group("      - {expr: up}\n"), "needs 'alert' or 'record'"},
        Case{"Both", in_group("      - {alert: A, record: b, expr: up}\n"), "not both"},
        Case{"NoExpression", in_group("      - {alert: A}\n"), "'A' has no expression"},
        Case{"EmptyExpression", in_group("      - {alert: A, expr: ' '}\n"), "has no expression"},
        Case{"Syntax", in_group("      - {alert: A, expr: 'sum(up'}\n"),
             "/groups/0/rules/0/expr: 'A': "},
        Case{"RangeVector", in_group("      - {alert: A, expr: 'up[5m]'}\n"),
             "/groups/0/rules/0/expr: 'A': it gives a range vector, and a rule needs a number"},
        Case{"Text", in_group("      - {record: a, expr: '\"up\"'}\n"), "'a': it gives a text"},
        Case{"Duration", in_group("      - {alert: A, expr: up, for: 5 minutes}\n"),
             "/groups/0/rules/0/for: '5 minutes' is no duration"},
        Case{"ForOfARecording", in_group("      - {record: a, expr: up, for: 5m}\n"),
             "'for' is for alerts"},
        Case{"MetricName", in_group("      - {record: a-b, expr: up}\n"), "no metric's name"},
        Case{"LabelName", in_group("      - {alert: A, expr: up, labels: {a-b: c}}\n"),
             "/groups/0/rules/0/labels/a-b: 'a-b' can't be"},
        Case{"Template", in_group("      - {alert: A, expr: up, annotations: {a: '{{ $x'}}\n"),
             "not closed"},
        Case{"TwiceTheSame",
             in_group("      - {alert: A, expr: up}\n      - {alert: A, expr: down}\n"),
             "/groups/0/rules/1: 'A' stands twice"}),
    [](const auto& p) { return p.param.name; });

TEST(RuleGroupCheck, CountsWhatIsLoadedAndWhatFails) {
  const std::string head = R"({"status": "success", "data": {"groups": [)";
  const std::string two =
      R"({"name": "g", "rules": [{"name": "A", "health": "ok"}, {"name": "B"}]})";
  const auto said = [&](const std::string& groups, std::int64_t least = 1) {
    const auto found = judge_rule_group({.group = "g", .at_least = least}, head + groups + "]}}");
    return found ? *found : found.error().message;
  };
  EXPECT_EQ(said(two, 2), "2 rules, none of them fails");
  EXPECT_EQ(said(two, 4), "group g has 2 rules, not 4 or more: A, B");
  EXPECT_EQ(said(two + "," + two, 4), "4 rules, none of them fails");
  EXPECT_EQ(said(R"({"name": "h", "rules": []})"), "no rule group g is loaded");
  EXPECT_EQ(said(R"({"name": "g", "rules": [{"name": "A", "health": "err", "lastError": "x"}]})"),
            "rule A of group g fails: x");
  for (const char* odd : {"", "[]", "{}", R"({"status": "error", "data": {"groups": []}})",
                          R"({"status": "success", "data": {"groups": {}}})"}) {
    EXPECT_EQ(judge_rule_group({.group = "g"}, odd).error().code, Code::CheckFailed) << odd;
  }
  EXPECT_EQ(read_rule_group(rule_group_text({.group = "g", .at_least = 4}))->at_least, 4);
  EXPECT_FALSE(read_rule_group("{}"));
}

TEST(PrometheusDurations, AreWrittenAndReadAsPrometheusDoes) {
  for (const auto& [text, seconds] : {std::pair{"15s", 15.0},
                                      {"5m", 300.0},
                                      {"90s", 90.0},
                                      {"1h", 3600.0},
                                      {"1500ms", 1.5},
                                      {"2d", 172800.0},
                                      {"0s", 0.0}}) {
    EXPECT_EQ(prometheus_duration(seconds), text);
    EXPECT_EQ(read_prometheus_duration(text), seconds) << text;
  }
  EXPECT_EQ(read_prometheus_duration("1h30m"), 5400.0);
  EXPECT_EQ(read_prometheus_duration("1w"), 604800.0);
  for (const char* text : {"", "5", "m", "1m1h", "1.5h", "5 m", "-1s", "1mm"}) {
    EXPECT_FALSE(read_prometheus_duration(text)) << text;
  }
}

}  // namespace
}  // namespace holdfast
