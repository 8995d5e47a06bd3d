#include "engine/wiring/wiring.h"

#include <gtest/gtest.h>

#include "engine/core/text.h"
#include "engine/manifest/exposition.h"

namespace holdfast {
namespace {

/// h1 and h2 are two names of one machine, beside mon.
class WiringTest : public testing::Test {
 protected:
  WiringTest() {
    wiring.machines.add("mon", "10.0.0.200");
    wiring.machines.add("h1", "10.0.0.51");
    wiring.machines.add("h1-production", "10.0.0.51");
    wiring.machines.add("h2", "10.0.0.13");
  }

  template <class T>
  static T& put(std::vector<T>& list, const std::string& host, const std::string& who) {
    T& end = list.emplace_back();
    end.host = host;
    end.who = who;
    end.where = {source(), static_cast<int>(list.size()), 1};
    return end;
  }
  static std::shared_ptr<const Source> source() {
    static const auto kSource = std::make_shared<const Source>(Source{"m.yaml", "\n\n\n\n\n"});
    return kSource;
  }

  Listener& exporter(const std::string& host, int port, const std::vector<std::string>& metrics,
                     std::map<std::string, std::string> labels = {}) {
    Listener& out = put(wiring.ends.listeners, host, "systemd_unit e.service");
    out.port = port;
    out.exports = {true, {}, std::move(labels)};
    for (const std::string& metric : metrics) out.exports.metrics.push_back(*parse_metric(metric));
    return out;
  }
  static AskedTarget to(const std::string& host, int port,
                        std::map<std::string, std::string> labels = {}) {
    AskedTarget out;
    out.host = host;
    out.port = port;
    out.labels = std::move(labels);
    return out;
  }
  ScrapeJob& job(std::vector<AskedTarget> targets) {
    ScrapeJob& out = put(wiring.ends.jobs, "mon", "prometheus_scrape j");
    out.name = "j";
    out.targets = std::move(targets);
    for (AskedTarget& target : out.targets) target.where = out.where;
    return out;
  }
  void ask(const std::string& metric, std::vector<LabelMatcher> matchers = {}) {
    MetricUse& out = put(wiring.ends.uses, "mon", "prometheus_rules r");
    out.what = "alert 'A'";
    out.metric = metric;
    out.matchers = std::move(matchers);
  }

  using Check = void (*)(const Wiring&, Diagnostics&);
  /// "code message [note]" of what is wrong, warnings marked, a line each.
  std::string told(Check check) {
    Diagnostics diagnostics;
    wiring.ends.each([&](auto& list) {
      for (End& end : list) end.machine = wiring.machines.of(end.host);
    });
    check(wiring, diagnostics);
    std::string out;
    const auto add = [&](const std::vector<Error>& errors, const char* mark) {
      for (const Error& error : errors) {
        out += mark + code_text(error.code) + " " + error.message;
        EXPECT_TRUE(error.where.known());
        EXPECT_FALSE(error.notes.empty());
        for (const Note& note : error.notes) {
          EXPECT_TRUE(note.where.known()) << note.message;
          out += " [" + note.message + "]";
        }
        out += "\n";
      }
    };
    add(diagnostics.errors(), "");
    add(diagnostics.warnings(), "warning ");
    return out;
  }

  Wiring wiring;
};

TEST_F(WiringTest, AMetricThatAnExporterHasIsFound) {
  exporter("h1", 9101, {"runner_status{environment}", "runner_cpu_*"});
  job({to("10.0.0.51", 9101)});
  ask("runner_status");
  ask("runner_cpu_usage_percent");
  ask("up");
  ask("", {{"__name__", "=~", "runner_status|runner_gone"}});
  EXPECT_EQ(told(check_metrics), "");
}

TEST_F(WiringTest, AMetricOfTheExportersWordThatItHasNotIsAnError) {
  exporter("h1", 9101, {"runner_status"});
  job({to("10.0.0.51", 9101)});
  ask("runner_health");
  EXPECT_EQ(
      told(check_metrics),
      "HF3101 alert 'A' asks for the metric 'runner_health', which nothing exports on mon "
      "[systemd_unit e.service on h1, scrape job 'j', target 10.0.0.51:9101 exports others]\n");
}

TEST_F(WiringTest, OneOfNobodysWordIsAWarningTheFirstTime) {
  exporter("h1", 9101, {"runner_status"});
  job({to("10.0.0.51", 9101)});
  ask("node_load1");
  ask("node_load1");
  EXPECT_EQ(told(check_metrics).substr(0, 34), "warning HF3101 alert 'A' asks for ");
  EXPECT_EQ(lines(told(check_metrics)).size(), 1U);
}

TEST_F(WiringTest, WhereAnExporterIsUnknownOnlyWhatLooksLikeAMistakeIsToldOf) {
  exporter("h1", 9101, {"runner_status"});
  job({to("10.0.0.51", 9101), to("10.0.0.99", 9100)});
  ask("node_load1");
  EXPECT_EQ(told(check_metrics), "");
  ask("runner_statuss");
  EXPECT_EQ(told(check_metrics).substr(0, 15), "warning HF3101 ");
}

TEST_F(WiringTest, WithoutAJobNothingIsKnown) {
  exporter("h1", 9101, {"runner_status"});
  ask("runner_health");
  EXPECT_EQ(told(check_metrics), "");
}

TEST_F(WiringTest, RecordedAndDeclaredMetricsAreFound) {
  exporter("h1", 9101, {"runner_status"});
  exporter("mon", 0, {"deployment_*"});
  job({to("10.0.0.51", 9101)}).exports = {true, {{"runner_extra"}}};
  put(wiring.ends.recorded, "mon", "prometheus_rules r").name = "runner_ratio";
  ask("runner_ratio");
  ask("deployment_total");
  ask("runner_extra");
  EXPECT_EQ(told(check_metrics), "");
}

TEST_F(WiringTest, AnAlertWithATypoIsAWarning) {
  job({});
  put(wiring.ends.alerts, "mon", "prometheus_rules r").name = "RunnerOffline";
  ask("ALERTS", {{"alertname", "=", "RunnerOffline"}});
  ask("ALERTS", {{"alertname", "=", "Watchdog"}});
  EXPECT_EQ(told(check_metrics), "");
  ask("ALERTS", {{"alertname", "=", "RunnerOfline"}});
  EXPECT_EQ(
      told(check_metrics),
      "warning HF3112 alert 'A' asks for the alert 'RunnerOfline', which no rule of the manifests "
      "raises on mon [the rule that is nearest]\n");
}

TEST_F(WiringTest, ALabelThatNoSeriesHasIsAnError) {
  exporter("h1", 9101, {"runner_status{hostname}"});
  job({to("10.0.0.51", 9101, {{"runner_role", "primary"}})});
  ask("runner_status",
      {{"hostname", "=~", "h.*"}, {"runner_role", "=", "primary"}, {"job", "=", "j"}});
  EXPECT_EQ(told(check_metrics), "");
  ask("runner_status", {{"runner_nmae", "=", "x"}});
  EXPECT_EQ(
      told(check_metrics),
      "HF3102 alert 'A' asks for 'runner_status' with runner_nmae=\"x\", which no series has on "
      "mon [systemd_unit e.service on h1, scrape job 'j', target 10.0.0.51:9101 exports it "
      "without 'runner_nmae']\n");
}

TEST_F(WiringTest, AValueThatNoTargetHasIsAnError) {
  exporter("h1", 9101, {"runner_status{environment}"}, {{"environment", "staging"}});
  exporter("h2", 9101, {"runner_status{environment}"}, {{"environment", "qa"}});
  job({to("10.0.0.51", 9101), to("10.0.0.13", 9101)});
  ask("runner_status", {{"environment", "=~", "staging|production"}});
  ask("runner_status", {{"environment", "!=", "production"}});
  ask("runner_status", {{"environment", "=", "$environment", 0, true}});
  EXPECT_EQ(told(check_metrics), "");
  ask("runner_status", {{"environment", "=", "production"}});
  EXPECT_NE(told(check_metrics).find("environment=\"production\", which no series has"),
            std::string::npos);
}

TEST_F(WiringTest, ANegativeMatcherIsWrongOnlyWhereItIsMisspelt) {
  exporter("h1", 9101, {"runner_status{environment}"}, {{"environment", "staging"}});
  job({to("10.0.0.51", 9101, {{"role", "primary"}})});
  // Nothing is left over as long as there is no secondary.
  ask("runner_status", {{"role", "!=", "primary"}});
  ask("runner_status", {{"role", "!=", "canary"}, {"zone", "!=", "b"}});
  ask("up", {{"job", "=", "j"}, {"role", "!=", "primary"}});
  EXPECT_EQ(told(check_metrics), "");
  ask("runner_status", {{"role", "!=", "primry"}});
  EXPECT_EQ(
      told(check_metrics),
      "HF3102 alert 'A' asks for 'runner_status' with role!=\"primry\", which excludes "
      "nothing: no series has it on mon [systemd_unit e.service on h1, scrape job 'j', target "
      "10.0.0.51:9101: role=\"primary\"]\n");
}

TEST_F(WiringTest, OfTargetsThemselvesAKnownJobAndSlipsAreSure) {
  job({to("10.0.0.51", 9101, {{"role", "primary"}, {"rack", "web-1"}})});
  ask("up", {{"job", "=", "j"}, {"role", "=", "primary"}});
  ask("up", {{"job", "=", "node"}, {"role", "=", "x"}});  // Nobody knows that job.
  ask("up", {{"rack", "=", "web-2"}});                    // Another one, no slip.
  EXPECT_EQ(told(check_metrics), "");
  ask("up", {{"job", "=", "j"}, {"role", "=", "replica"}});
  ask("up", {{"roles", "=", "primary"}});
  EXPECT_EQ(told(check_metrics),
            "HF3102 alert 'A' asks for 'up' with role=\"replica\", which no series has on mon "
            "[scrape job 'j', target 10.0.0.51:9101: role=\"primary\"]\n"
            "HF3102 alert 'A' asks for 'up' with roles=\"primary\", which no series has on mon "
            "[scrape job 'j', target 10.0.0.51:9101 exports it without 'roles']\n");
}

TEST_F(WiringTest, AnAddressThatIsNobodysIsWrongBesideAnExporterThatItFits) {
  exporter("h1", 9101, {"runner_status"}, {{"environment", "staging"}});
  const auto asked = [&](const std::string& address, const std::string& environment) {
    wiring.ends.jobs.clear();
    job({to(address, 9101, {{"environment", environment}})});
    return told(check_targets);
  };
  EXPECT_EQ(asked("10.0.0.52", "staging"),
            "HF3103 scrape job 'j' asks 10.0.0.52:9101, which is no host of the inventory: "
            "systemd_unit e.service listens at 10.0.0.51:9101 on h1 [the exporter that no job "
            "asks]\n");
  EXPECT_EQ(asked("10.0.0.52", "production"), "");
  EXPECT_EQ(asked("10.0.7.52", "staging"), "");
  EXPECT_EQ(asked("runner.example.com", "staging"), "");
}

TEST_F(WiringTest, ARouteTakesAnAlertButForASlip) {
  Alert& alert = put(wiring.ends.alerts, "mon", "prometheus_rules r");
  alert.name = "Offline";
  alert.labels = {{"team", "runners"}, {"where", std::nullopt}};
  put(wiring.ends.routes, "mon", "alertmanager_route a").receiver = "oncall";
  const auto matching = [&](const LabelMatcher& matcher) {
    wiring.ends.routes.front().matchers = {matcher};
    return told(check_routes);
  };
  EXPECT_EQ(matching({"team", "=", "runner"}),
            "HF3102 alert 'Offline' has team=\"runners\", but alertmanager_route a, which sends "
            "alerts to 'oncall', takes only those with team=\"runner\" on mon [the alert that it "
            "doesn't take]\n");
  EXPECT_NE(matching({"teams", "=", "runners"}), "");
  EXPECT_NE(matching({"team", "=~", "runer|x"}), "");
  EXPECT_EQ(matching({"team", "=", "runners"}), "");
  EXPECT_EQ(matching({"team", "=", "database"}), "");  // It is for others.
  EXPECT_EQ(matching({"team", "!=", "runners"}), "");
  EXPECT_EQ(matching({"where", "=", "her"}), "");   // Only Prometheus knows that label.
  EXPECT_EQ(matching({"cluster", "=", "eu"}), "");  // It may come from external_labels.
  put(wiring.ends.routes, "mon", "alertmanager_route b").receiver = "all";
  EXPECT_EQ(matching({"team", "=", "runner"}), "");
}

TEST_F(WiringTest, LabelsThatNoOneSeriesHasTogetherAreAnError) {
  exporter("h1", 9101, {"runner_status{environment}"}, {{"environment", "staging"}});
  exporter("h2", 9101, {"runner_status{environment}"}, {{"environment", "production"}});
  job({to("10.0.0.51", 9101, {{"role", "primary"}}),
       to("10.0.0.13", 9101, {{"role", "secondary"}})});
  ask("runner_status", {{"environment", "=", "staging"}, {"role", "=", "secondary"}});
  EXPECT_NE(told(check_metrics).find("and no series has that and the other labels"),
            std::string::npos);
}

TEST_F(WiringTest, WithoutHonorLabelsTheTargetsLabelCounts) {
  exporter("h1", 9101, {"runner_status{environment}"}, {{"environment", "staging"}});
  ScrapeJob& scrape = job({to("10.0.0.51", 9101, {{"environment", "production"}})});
  ask("runner_status",
      {{"environment", "=", "production"}, {"exported_environment", "=", "staging"}});
  EXPECT_EQ(told(check_metrics), "");
  EXPECT_EQ(told(check_targets), "");
  scrape.honor_labels = true;
  EXPECT_NE(told(check_metrics), "");
  EXPECT_EQ(told(check_targets),
            "HF3106 target 10.0.0.51:9101 of scrape job 'j' has environment='production', but its "
            "exporter says 'staging', and honor_labels lets it on h1 [systemd_unit e.service says "
            "'staging']\n");
}

TEST_F(WiringTest, WhatIsRewrittenIsNotJudged) {
  exporter("h1", 9101, {"runner_status{environment}"}, {{"environment", "staging"}});
  ScrapeJob& scrape =
      job({to("10.0.0.51", 9100, {{"environment", "production"}}), to("10.0.0.51", 9101)});
  scrape.rewrites = true;
  scrape.honor_labels = true;
  ask("runner_status", {{"anything", "=", "x"}});
  EXPECT_EQ(told(check_targets), "");
  EXPECT_EQ(told(check_metrics), "");
}

TEST_F(WiringTest, ATargetWithTheWrongPortIsAnErrorWhereAnExporterIsLeftAlone) {
  exporter("h1", 9101, {"runner_status"});
  job({to("10.0.0.51", 9102)});
  EXPECT_EQ(told(check_targets),
            "HF3103 scrape job 'j' asks 10.0.0.51:9102, where nothing listens: systemd_unit "
            "e.service listens on port 9101 on h1 [the exporter that no job asks]\n");
  // One more job that asks for it: the other port may be that of any program.
  job({to("h1", 9101)}).name = "k";
  EXPECT_EQ(told(check_targets), "");
}

TEST_F(WiringTest, APortTwiceInAJobIsAnErrorInTwoJobsAWarning) {
  job({to("10.0.0.51", 9101, {{"role", "primary"}}),
       to("h1-production", 9101, {{"role", "secondary"}})});
  EXPECT_EQ(told(check_targets),
            "HF3105 scrape job 'j' asks h1-production:9101 twice on mon [10.0.0.51:9101 the first "
            "time]\n");
  wiring.ends.jobs.clear();
  job({to("10.0.0.51", 9101)});
  job({to("10.0.0.51", 9101)}).name = "k";
  EXPECT_EQ(told(check_targets).substr(0, 15), "warning HF3105 ");
  wiring.ends.jobs.back().path = "/probe";
  EXPECT_EQ(told(check_targets), "");
}

class WallTest : public WiringTest {
 protected:
  WallTest() {
    put(wiring.ends.walls, "h1", "firewall ufw");
    job({to("10.0.0.51", 9101)});
  }
  Opening& open(std::vector<PortRange> ports, const std::string& from = "") {
    Opening& out = put(wiring.ends.openings, "h1", "firewall_rule r");
    out.ports = std::move(ports);
    out.from = from;
    return out;
  }
};

TEST_F(WallTest, ShutWithoutARule) {
  open({{22, 22}});
  EXPECT_EQ(told(check_walls),
            "HF3104 scrape job 'j' asks 10.0.0.51:9101, but no rule of its firewall opens the port "
            "on h1 [firewall ufw denies what no rule allows]\n");
}

TEST_F(WallTest, OpenForAnybodyTheServerOrItsNetwork) {
  for (const char* from : {"", "10.0.0.200", "10.0.0.0/24", "somewhere.example"}) {
    wiring.ends.openings.clear();
    open({{9000, 9200}}, from);
    EXPECT_EQ(told(check_walls), "") << from;
  }
}

TEST_F(WallTest, ShutWhereTheRuleIsForAnotherHostOfTheLink) {
  open({{9101, 9101}}, "10.0.0.100");
  EXPECT_EQ(told(check_walls),
            "HF3104 scrape job 'j' asks 10.0.0.51:9101, but its firewall opens the port for "
            "10.0.0.100 only, not for 10.0.0.200 on h1 [firewall_rule r]\n");
}

TEST_F(WallTest, UnknownWhereTheServerMayComeFromAnotherAddress) {
  wiring.machines.add("mon", "203.0.113.7");
  open({{9101, 9101}}, "10.0.0.100");
  EXPECT_EQ(told(check_walls), "");
}

TEST_F(WallTest, AHostLetsItselfIn) {
  wiring.ends.jobs.clear();
  put(wiring.ends.walls, "mon", "firewall ufw");
  job({to("localhost", 9090), to("10.0.0.200", 9090)});
  EXPECT_EQ(told(check_walls), "");
}

TEST_F(WiringTest, ARouteToAReceiverThatTheConfigurationHasNotIsAnError) {
  Route& route = put(wiring.ends.routes, "mon", "alertmanager_route r");
  route.config = "/etc/alertmanager.yml";
  route.receiver = "oncall-sre";
  EXPECT_EQ(told(check_receivers), "");
  TextFile& file = put(wiring.ends.texts, "mon", "file /etc/alertmanager.yml");
  file.path = route.config;
  file.text = "receivers:\n- name: default\n- name: oncall-srs\n";
  EXPECT_EQ(
      told(check_receivers),
      "HF3107 alertmanager_route r sends alerts to 'oncall-sre', and /etc/alertmanager.yml has "
      "no such receiver on mon [the receivers that there are]\n");
  file.text += "- name: oncall-sre\n";
  EXPECT_EQ(told(check_receivers), "");
}

TEST_F(WiringTest, AUnitOfAFamilyThatNothingMakesIsAnError) {
  put(wiring.ends.units_made, "h1", "github_runner r").name =
      "actions.runner.o-r.h1-runner.service";
  put(wiring.ends.units_used, "h1-production", "command restart").name =
      "actions.runner.o-r.h1-production-runner.service";
  put(wiring.ends.units_used, "h1", "check c").name = "actions.runner.o-r.h1-runner.service";
  put(wiring.ends.units_used, "h2", "check c").name = "actions.runner.o-r.h2-runner.service";
  put(wiring.ends.units_used, "h1", "check c").name = "nginx.service";
  EXPECT_EQ(told(check_units),
            "HF3110 command restart speaks of the unit actions.runner.o-r.h1-production-runner."
            "service, which nothing makes on h1-production [github_runner r makes "
            "actions.runner.o-r.h1-runner.service]\n");
}

TEST_F(WiringTest, AListenerOfALoopbackTargetIsThatOfTheServersOwnHost) {
  exporter("mon", 9101, {"runner_status"});
  job({to("127.0.0.1", 9101)});
  ask("runner_status");
  EXPECT_EQ(told(check_metrics), "");
  EXPECT_EQ(told(check_targets), "");
}

TEST_F(WiringTest, WhatOnlyOneMayDecideOverIsStatedOnce) {
  const auto over = [&](const std::string& host, const char* what) {
    Sole& out = put(wiring.ends.soles, host, "runner_route x");
    out.what = what;
    out.code = Code::RunnerRouteInvalid;
  };
  over("h1", "the label a");
  over("h1-production", "the label a");
  over("h2", "the label b");
  EXPECT_EQ(told(check_soles), "") << "one machine by two names";
  over("h2", "the label a");
  EXPECT_EQ(told(check_soles),
            "HF7183 runner_route x on h2 and runner_route x on h1 both decide over the label a "
            "[the other one]\n");
}

TEST_F(WiringTest, WhatSeveralWantTheSameOfMayBeStatedByEach) {
  const auto want = [&](const std::string& host, const char* who,
                        std::map<std::string, Value> wish) -> Sole& {
    Sole& out = put(wiring.ends.soles, host, who);
    out.what = "the folder a";
    out.code = Code::GrafanaFolderInvalid;
    out.wish = std::move(wish);
    return out;
  };
  want("h1", "grafana_folder a", {{"title", "A"}});
  want("h2", "grafana_folder a", {{"title", "A"}, {"more", 1}});
  want("mon", "grafana_folder a", {{"title", Unknown{"facts"}}});
  EXPECT_EQ(told(check_soles), "");
  Sole& last = want("mon", "grafana_folder b", {{"more", 2}});
  EXPECT_EQ(told(check_soles),
            "HF7164 grafana_folder b on mon and grafana_folder a on h2 both decide over the "
            "folder a [the other one]\n");
  last.per_machine = true;
  EXPECT_EQ(told(check_soles), "") << "each machine has its own";
  for (Sole& sole : wiring.ends.soles) sole.per_machine = true;
  want("h1-production", "grafana_folder b", {{"title", "B"}}).per_machine = true;
  EXPECT_EQ(told(check_soles),
            "HF7164 grafana_folder b on h1-production and grafana_folder a on h1 both decide over "
            "the folder a [the other one]\n");
}

TEST(Exposition, GivesMetricsAndTheirLabels) {
  const auto source = std::make_shared<const Source>(
      Source{"e.prom",
             "# HELP a What.\n# TYPE a gauge\na{x=\"1\",y=\"q\\\"}\"} 1\na{z=\"2\"} 2 1700000000\n"
             "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"
             "# TYPE later counter\n# TYPE lazy histogram\nb NaN\nc +Inf\n# EOF\n"});
  Diagnostics diagnostics;
  std::string shown;
  for (const ExportedMetric& metric : read_exposition(source, diagnostics)) {
    shown += metric.name + (metric.labels_known ? "{" + join(metric.labels, ",") + "} " : " ");
  }
  EXPECT_EQ(
      shown,
      "a{x,y,z} h_bucket{le} h_sum{} h_count{} b{} c{} later lazy_bucket lazy_sum lazy_count ");
  EXPECT_FALSE(diagnostics.failed());
}

TEST(Exposition, RefusesABareSampleOfAHistogramAndWhatIsNone) {
  const auto source = std::make_shared<const Source>(
      Source{"e.prom", "# TYPE d histogram\nd 12\nnot a sample\nx{y} 1\n"});
  Diagnostics diagnostics;
  static_cast<void>(read_exposition(source, diagnostics));
  ASSERT_EQ(diagnostics.errors().size(), 3U);
  EXPECT_EQ(diagnostics.errors()[0].message,
            "'d' is a histogram, and has a sample of its own name");
  EXPECT_EQ(diagnostics.errors()[0].where.text(), "e.prom:2:1");
  EXPECT_EQ(diagnostics.errors()[1].message, "'not a sample' is no sample of a metric");
}

TEST(ParseMetric, TakesNamesWithLabels) {
  const auto metric = parse_metric("a_b{c, d}");
  ASSERT_TRUE(metric);
  EXPECT_EQ(metric->labels, (std::vector<std::string>{"c", "d"}));
  EXPECT_FALSE(parse_metric("a_*")->labels_known);
  for (const char* wrong : {"", "1a", "a b", "a{b", "a{b=\"c\"}", "a{,}"}) {
    EXPECT_FALSE(parse_metric(wrong)) << wrong;
  }
}

TEST_F(WiringTest, KnowsWhoScrapesAHostFromElsewhere) {
  job({to("10.0.0.51", 9101), to("10.0.0.200", 9100), to("10.9.9.9", 9100)});
  ScrapeJob& own = job({to("localhost", 9100)});
  own.host = "h2";
  for (ScrapeJob& one : wiring.ends.jobs) one.machine = wiring.machines.of(one.host);
  const std::set<std::string> none, mon{"mon"};
  EXPECT_EQ(scrapers_of({"h1"}, wiring), mon);
  EXPECT_EQ(scrapers_of({"h1-production"}, wiring), mon) << "another name of that machine";
  EXPECT_EQ(scrapers_of({"h2"}, wiring), none) << "itself alone";
  EXPECT_EQ(scrapers_of({"mon", "h1"}, wiring), none) << "both go";
  EXPECT_EQ(scrapers_of({"gone"}, wiring), none);
}

}  // namespace
}  // namespace holdfast
