#include <gtest/gtest.h>

#include "engine/check/prometheus.h"
#include "engine/core/yaml.h"
#include "engine/manifest/typed.h"
#include "tests/resources/make.h"
#include "tests/resources/prometheus.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_prometheus_rules_kind();

namespace {

constexpr const char* kRulesPath = "/etc/prometheus/rules.d/runners.yml";
constexpr const char* kRulesText =
    "# Written by holdfast.\n"
    "groups:\n"
    "  - name: g\n"
    "    interval: 30s\n"
    "    rules:\n"
    "      - alert: Offline\n"
    "        expr: 'runner_status{a=\"b\"} == 0'\n"
    "        for: 5m\n"
    "        labels:\n"
    "          severity: critical\n"
    "        annotations:\n"
    "          summary: \"{{ $labels.hostname }} is off\"\n";

Value groups() {
  const State rule =
      state({{"alert", "Offline"},
             {"expr", "runner_status{a=\"b\"} == 0"},
             {"for", 300.0},
             {"labels", Value(state({{"severity", "critical"}}))},
             {"annotations", Value(state({{"summary", "{{ $labels.hostname }} is off"}}))}});
  return ValueList{
      Value(state({{"name", "g"}, {"interval", 30.0}, {"rules", ValueList{Value(rule)}}}))};
}

struct SeenRules {
  const char* file = nullptr;  ///< nullptr: there is none.
  const char* config = "rule_files:\n";
};

Answers rules_answers(const SeenRules& seen) {
  Answers out;
  out.set({"stat", kRulesPath}, seen.file == nullptr ? Value() : stat_answer("file"));
  out.set({"digest", kRulesPath}, seen.file == nullptr ? Value() : digest_answer(seen.file));
  ValueMap content;
  content.set("content", seen.config);
  out.set({"content", kPrometheusConfig}, content);
  return out;
}

PlannedChange plan_rules(const SeenRules& seen, bool absent = false, State desired = {}) {
  const auto kind = make_prometheus_rules_kind();
  if (desired.empty() && !absent) desired.set("groups", groups());
  const Resource resource = resource_for(*kind, "runners", desired, absent);
  return planned_change(*kind, resource, rules_answers(seen));
}

TEST(PrometheusRules, ANewFileIsJudgedListedLoadedAndProved) {
  const PlannedChange planned = plan_rules({});
  EXPECT_EQ(planned.steps,
            "0 make /etc/prometheus/rules.d\n"
            "1 write /etc/prometheus/rules.d/runners.yml\n"
            "2 list /etc/prometheus/rules.d/runners.yml in /etc/prometheus/prometheus.yml\n"
            "3 reload 'prometheus.service http://127.0.0.1:9090'\n"
            "4 ask http://127.0.0.1:9090: the rules of /etc/prometheus/rules.d/runners.yml\n");
  EXPECT_EQ(
      planned.back,
      "edit-list undo /etc/prometheus/prometheus.yml " +
          back_text({planned.all[2]})
              .substr(
                  std::string("edit-list undo " + std::string(kPrometheusConfig) + " ").size()) +
          "config-folder-undo /etc/prometheus/rules.d\n"
          "last: config-reload 'prometheus.service http://127.0.0.1:9090'\n");
  EXPECT_EQ(std::get<WriteFile>(planned.all[1].step).content.bytes(), kRulesText);
  EXPECT_EQ(std::get<holdfast::Run>(planned.all[2].step).input.bytes(),
            "0 38\n- /etc/prometheus/rules.d/runners.yml\n");
  const auto asked = asked_prometheus(planned.all[4].step);
  EXPECT_EQ(asked.read, (std::vector<std::string>{kPrometheusConfig, kRulesPath}));
  const auto& rules = std::get<PrometheusQuestion::RuleFile>(asked.about);
  ASSERT_EQ(rules.groups.size(), 1U);
  EXPECT_EQ(rules.groups[0].rules.at(0).seconds, 300.0);
  EXPECT_EQ(rules.groups[0].rules.at(0).expression, "runner_status{a=\"b\"} == 0");
}

TEST(PrometheusRules, WhatIsLoadedAlreadyIsLeft) {
  for (const char* config :
       {"rule_files:\n  - /etc/prometheus/rules.d/runners.yml\n", "rule_files:\n- rules.d/*.yml\n",
        "rule_files:\n  - x.yml\n  - /etc/prometheus/rules.d/r*.yml\n"}) {
    EXPECT_EQ(plan_rules({.file = kRulesText, .config = config}).change.action, Action::None)
        << config;
  }
}

TEST(PrometheusRules, DriftIsOfTheFileOrOfItsEntry) {
  const PlannedChange edited =
      plan_rules({.file = "groups: []\n", .config = "rule_files:\n  - rules.d/*.yml\n"});
  EXPECT_EQ(edited.steps,
            "1 write /etc/prometheus/rules.d/runners.yml\n"
            "3 reload 'prometheus.service http://127.0.0.1:9090'\n"
            "4 ask http://127.0.0.1:9090: the rules of /etc/prometheus/rules.d/runners.yml\n");
  const PlannedChange unlisted =
      plan_rules({.file = kRulesText, .config = "rule_files:\n  - rules.d/*.yaml\n"});
  EXPECT_EQ(unlisted.change.reason, "listed false -> true");
  EXPECT_EQ(unlisted.steps.substr(0, 6), "2 list");
}

TEST(PrometheusRules, RemovalTakesTheEntryFirst) {
  const PlannedChange planned =
      plan_rules({.file = kRulesText,
                  .config = "rule_files:\n  - a\n  - /etc/prometheus/rules.d/runners.yml\n"},
                 true);
  EXPECT_EQ(planned.steps,
            "0 unlist /etc/prometheus/rules.d/runners.yml in /etc/prometheus/prometheus.yml\n"
            "1 remove /etc/prometheus/rules.d/runners.yml\n"
            "3 reload 'prometheus.service http://127.0.0.1:9090'\n"
            "4 ask http://127.0.0.1:9090: whether the rules of /etc/prometheus/rules.d/runners.yml "
            "are gone\n");
  EXPECT_EQ(std::get<holdfast::Run>(planned.all[0].step).input.bytes(),
            "40 0\n  - /etc/prometheus/rules.d/runners.yml\n");
  EXPECT_EQ(plan_rules({}, true).change.action, Action::None);
}

TEST(PrometheusRules, WithoutAWaitNobodyIsAsked) {
  State desired = state({{"groups", groups()}, {"wait", 0.0}, {"validate", false}});
  const PlannedChange planned = plan_rules({}, false, desired);
  EXPECT_EQ(planned.all.size(), 4U);
  EXPECT_TRUE(std::get<WriteFile>(planned.all[1].step).validate.empty());
}

TEST(PrometheusRules, AConfigurationThatCannotBeEditedIsRefused) {
  const auto kind = make_prometheus_rules_kind();
  const Resource resource = resource_for(*kind, "runners", state({{"groups", groups()}}));
  for (const char* config : {"rule_files: [a]\n", "a: [\n", "- a\n"}) {
    const auto seen = kind->read(resource, rules_answers({.config = config}));
    ASSERT_FALSE(seen) << config;
    EXPECT_EQ(seen.error().code, Code::ServerConfigUnusable);
  }
}

/// The resource of a manifest's text, as the loader makes it.
Resource written(const std::string& text, const std::string& attribute) {
  const auto kind = make_prometheus_rules_kind();
  const auto source = std::make_shared<const Source>(Source{"site.yaml", text});
  const auto documents = parse_yaml(source);
  EXPECT_TRUE(documents);
  const YamlNode& node = documents->front().items.at(0);
  Resource out = resource_for(*kind, "runners", {});
  out.where = node.where;
  Diagnostics diagnostics;
  for (const auto& entry : node.entries) {
    if (entry.key != attribute) continue;
    out.desired.set(attribute, typed_attribute(entry.value, *kind->schema().find(attribute), "it",
                                               {}, diagnostics));
    out.places[attribute] = entry.value.where;
    if (attribute != "content") continue;
    const auto count = std::count(entry.value.scalar.begin(), entry.value.scalar.end(), '\n');
    out.origins[attribute] = {entry.value.text, entry.value.block_indent, static_cast<int>(count)};
  }
  return out;
}

TEST(PrometheusRules, AMistakeHasItsPlaceInTheManifest) {
  const auto kind = make_prometheus_rules_kind();
  const Resource typed = written(
      "- prometheus_rules: runners\n"
      "  groups:\n"
      "    - name: g\n"
      "      rules:\n"
      "        - alert: A\n"
      "          expr: sum(up\n"
      "        - alert: B\n"
      "          expr: |\n"
      "            sum(up)\n"
      "              == == 1\n",
      "groups");
  const auto errors = kind->check(typed);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].where.line, 6);
  EXPECT_EQ(errors[1].where.line, 10);
  EXPECT_EQ(
      errors[1].where.line_text().substr(static_cast<std::size_t>(errors[1].where.column) - 1, 2),
      "==");
  const Resource raw = written(
      "- prometheus_rules: runners\n"
      "  content: |\n"
      "    groups:\n"
      "      - name: g\n"
      "        rules:\n"
      "          - alert: A\n"
      "            expr: up =\n",
      "content");
  const auto said = kind->check(raw);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].where.text().substr(0, 12), "site.yaml:7:");
}

TEST(PrometheusRules, RefusesWhatIsStatedWrongly) {
  const auto kind = make_prometheus_rules_kind();
  const auto said = [&](const char* name, const State& desired) {
    return check_text(*kind, resource_for(*kind, name, desired));
  };
  EXPECT_NE(said("runners", {}).find("it states no rules"), std::string::npos);
  EXPECT_NE(said("runners", state({{"groups", groups()}, {"content", "x"}})).find("and a text"),
            std::string::npos);
  EXPECT_NE(said("a/b", state({{"groups", groups()}})).find("not a file's name"),
            std::string::npos);
  EXPECT_NE(said("runners", state({{"content", "a: [\n"}})), "");
  EXPECT_NE(said("runners", state({{"groups", groups()}, {"url", "https://x"}})).find("only http"),
            std::string::npos);
  EXPECT_NE(said("runners", state({{"groups", groups()}, {"path", "/a/*.yml"}})).find("a pattern"),
            std::string::npos);
}

}  // namespace
}  // namespace holdfast
