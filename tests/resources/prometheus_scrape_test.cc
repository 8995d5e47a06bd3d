#include <gtest/gtest.h>

#include "engine/check/prometheus.h"
#include "tests/resources/make.h"
#include "tests/resources/prometheus.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_prometheus_scrape_kind();

namespace {

constexpr const char* kTargetsFile = "/etc/prometheus/file_sd/runners.yml";
constexpr const char* kTargets =
    "# Written by holdfast.\n"
    "- targets:\n    - \"10.0.0.1:9101\"\n  labels:\n    authorized: \"true\"\n    environment: "
    "staging\n";
constexpr const char* kJob =
    "  # holdfast: prometheus_scrape runners\n"
    "  - job_name: runners\n"
    "    scrape_interval: 15s\n"
    "    honor_labels: true\n"
    "    file_sd_configs:\n"
    "      - files:\n"
    "          - /etc/prometheus/file_sd/runners.yml\n";

State wanted_job() {
  const State labels = state({{"authorized", "true"}, {"environment", "staging"}});
  return state(
      {{"scrape_interval", 15.0},
       {"honor_labels", true},
       {"targets",
        ValueList{Value(state({{"address", "10.0.0.1:9101"}, {"labels", Value(labels)}}))}}});
}

struct SeenJob {
  std::string config = "scrape_configs:\n  - job_name: node\n";
  const char* targets = nullptr;  ///< nullptr: there is no file.
};

std::string with_job(const std::string& job = kJob) {
  return "scrape_configs:\n" + job + "  - job_name: node\n";
}

Answers job_answers(const SeenJob& seen) {
  Answers out;
  out.set({"stat", kTargetsFile}, seen.targets == nullptr ? Value() : stat_answer("file"));
  const auto content = [](const std::string& text) {
    ValueMap map;
    map.set("content", text);
    return Value(map);
  };
  out.set({"content", kTargetsFile}, seen.targets == nullptr ? Value() : content(seen.targets));
  out.set({"content", kPrometheusConfig}, content(seen.config));
  return out;
}

PlannedChange plan_job(const SeenJob& seen, const State& desired = wanted_job(),
                       bool absent = false) {
  const auto kind = make_prometheus_scrape_kind();
  return planned_change(*kind, resource_for(*kind, "runners", desired, absent), job_answers(seen));
}

TEST(PrometheusScrape, ANewJobIsAddedReloadedAndProved) {
  const PlannedChange planned = plan_job({});
  EXPECT_EQ(planned.steps,
            "0 make /etc/prometheus/file_sd\n"
            "1 write /etc/prometheus/file_sd/runners.yml\n"
            "2 add job runners in /etc/prometheus/prometheus.yml\n"
            "3 reload 'prometheus.service http://127.0.0.1:9090'\n"
            "4 ask http://127.0.0.1:9090: the targets of job runners\n");
  EXPECT_EQ(std::get<WriteFile>(planned.all[1].step).content.bytes(), kTargets);
  const auto asked = asked_prometheus(planned.all[4].step);
  EXPECT_EQ(asked.read, (std::vector<std::string>{kPrometheusConfig}));
  const auto& job = std::get<PrometheusQuestion::Job>(asked.about);
  ASSERT_EQ(job.targets.size(), 1U);
  EXPECT_TRUE(job.targets[0].up);
  EXPECT_EQ(job.since, (std::vector<std::string>{kTargetsFile, kPrometheusConfig}));
}

TEST(PrometheusScrape, WhatIsThereIsLeft) {
  const PlannedChange same = plan_job({.config = with_job(), .targets = kTargets});
  EXPECT_EQ(same.change.action, Action::None) << same.change.reason;
  // Told by what it says, not by how it is written.
  const PlannedChange other = plan_job(
      {.config = with_job("  - honor_labels: true\n    job_name: 'runners'\n    scrape_interval: "
                          "15s\n    file_sd_configs: [{files: "
                          "[/etc/prometheus/file_sd/runners.yml]}]\n"),
       .targets = "[{\"targets\": [\"10.0.0.1:9101\"], \"labels\": {\"environment\": \"staging\", "
                  "\"authorized\": \"true\"}}]"});
  EXPECT_EQ(other.change.action, Action::None) << other.change.reason;
}

struct Drift {
  const char* name;
  std::string config;
  const char* targets;
  const char* reason;
  bool reloads;
};

class ScrapeDrift : public testing::TestWithParam<Drift> {};

TEST_P(ScrapeDrift, IsOfOurPartAlone) {
  const Drift& c = GetParam();
  const PlannedChange planned = plan_job({.config = c.config, .targets = c.targets});
  EXPECT_EQ(planned.change.reason, c.reason);
  EXPECT_EQ(planned.steps.find("3 reload") != std::string::npos, c.reloads) << planned.steps;
}

std::string job_with(const std::string& line) {
  std::string job = kJob;
  const std::string interval = "    scrape_interval: 15s\n";
  return with_job(job.replace(job.find(interval), interval.size(), line));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ScrapeDrift,
    testing::Values(
        Drift{"Interval", job_with("    scrape_interval: 1m\n"), kTargets, "job differs", true},
        Drift{"Key", job_with("    scrape_interval: 15s\n    sample_limit: 5\n"), kTargets,
              "job differs", true},
        Drift{"Label", with_job(), "- targets: [10.0.0.1:9101]\n  labels: {environment: staging}\n",
              "targets differs", false},
        Drift{"Stray", with_job(),
              "- targets: [10.0.0.1:9101]\n  labels: {authorized: 'true', environment: staging}\n"
              "- targets: [b:1]\n",
              "targets differs", false},
        Drift{"Unreadable", with_job(), "{", "targets differs", false},
        Drift{"NoFile", with_job(), nullptr,
              "targets is not set, owner is not root, group is not root, mode is not 0644", false},
        Drift{"NoJob", "scrape_configs:\n", kTargets, "job is not set", true},
        Drift{"Elsewhere",
              with_job("  - job_name: runners\n    scrape_interval: 15s\n    "
                       "honor_labels: true\n    static_configs: [{targets: [x:1]}]\n"),
              kTargets, "job differs", true}),
    [](const auto& p) { return p.param.name; });

TEST(PrometheusScrape, WhatSomebodyElseKeepsInAJobIsNotShown) {
  const PlannedChange planned =
      plan_job({.config = job_with("    basic_auth: {username: a, password: hunter2}\n"),
                .targets = kTargets});
  ASSERT_NE(planned.change.find("job"), nullptr);
  EXPECT_EQ(planned.change.find("job")->before.display().find("hunter2"), std::string::npos);
}

TEST(PrometheusScrape, AChangeTakesThePlaceOfTheOldEntry) {
  const PlannedChange planned =
      plan_job({.config = job_with("    scrape_interval: 1m\n"), .targets = kTargets});
  const holdfast::Run& edit = std::get<holdfast::Run>(planned.all[0].step);
  const std::string old =
      job_with("    scrape_interval: 1m\n")
          .substr(std::string("scrape_configs:\n").size(), std::string(kJob).size() - 1);
  EXPECT_EQ(edit.input.bytes(), std::to_string(old.size()) + " " +
                                    std::to_string(std::string(kJob).size()) + "\n" + old + kJob);
}

TEST(PrometheusScrape, RemovalLeavesTheOthers) {
  const PlannedChange planned = plan_job({.config = with_job(), .targets = kTargets}, {}, true);
  EXPECT_EQ(planned.steps,
            "0 remove job runners in /etc/prometheus/prometheus.yml\n"
            "1 remove /etc/prometheus/file_sd/runners.yml\n"
            "3 reload 'prometheus.service http://127.0.0.1:9090'\n"
            "4 ask http://127.0.0.1:9090: whether job runners is gone\n");
  EXPECT_EQ(plan_job({}, {}, true).change.action, Action::None);
}

TEST(PrometheusScrape, RefusesWhatPrometheusWould) {
  const auto kind = make_prometheus_scrape_kind();
  const auto said = [&](const char* address, State more = {}) {
    State desired = wanted_job();
    desired.set("targets", ValueList{Value(state({{"address", address}}))});
    for (const auto& [name, value] : more) desired.set(name, value);
    return check_text(*kind, resource_for(*kind, "runners", desired));
  };
  EXPECT_EQ(said("a:1"), "");
  EXPECT_EQ(said("[::1]:9100"), "");
  for (const char* address : {"a", "a:", ":1", "http://a:1", "a:1/metrics", "a:99999", "a b:1"}) {
    EXPECT_NE(said(address), "") << address;
  }
  EXPECT_NE(said("a:1", state({{"scrape_timeout", 20.0}})).find("longer than"), std::string::npos);
  EXPECT_NE(said("a:1", state({{"metrics_path", "metrics"}})), "");
  EXPECT_NE(said("a:1", state({{"settings", Value(state({{"scheme", "https"}}))}}))
                .find("attribute of its own"),
            std::string::npos);
  EXPECT_NE(said("a:1", state({{"settings", Value(state({{"static_configs", ValueList{}}}))}})),
            "");
  EXPECT_NE(said("a:1", state({{"settings", Value(state({{"x", Secret("y")}}))}}))
                .find("a secret would stand"),
            std::string::npos);
  EXPECT_NE(said("a:1", state({{"file", "/x.txt"}})), "");
  State twice = wanted_job();
  twice.set("targets",
            ValueList{Value(state({{"address", "a:1"}})), Value(state({{"address", "a:1"}}))});
  EXPECT_NE(check_text(*kind, resource_for(*kind, "runners", twice)).find("stands twice"),
            std::string::npos);
}

}  // namespace
}  // namespace holdfast
