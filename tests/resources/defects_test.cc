// What a real fleet of runners had wrong for months, as manifests: each is refused before any host
// is asked, with both places; or can't be said at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/text.h"
#include "engine/wiring/wiring.h"
#include "resources/registry.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The exporter of a runner host, its firewall, and what a monitoring host asks of both.
struct Stack {
  std::string exporter_port = "9101";
  std::string environment = "\"{{ environment }}\"";
  std::string runner_dir = "/opt/actions-runner";
  std::string opened = "9101/tcp, from: 192.168.0.200";
  std::string targets =
      "      - {address: \"192.168.0.51:9101\", labels: {environment: staging, runner_role: "
      "primary}}\n"
      "      - {address: \"192.168.0.13:9101\", labels: {environment: production, runner_role: "
      "primary}}\n";
  std::string expression = "runner_status{environment=\"production\"} == 0";
  std::string panel = "time() - runner_last_check_in_timestamp_seconds";

  std::string hosts() const {
    return "manifest: runners\nhosts: runners\nresources:\n"
           "  - firewall: ufw\n"
           "    incoming: deny\n"
           "  - firewall_rule: exporter\n"
           "    allow: {port: " +
           opened +
           "}\n"
           "  - file: /etc/exporter.env\n"
           "    content: |\n"
           "      RUNNER_DIR=" +
           runner_dir +
           "\n"
           "  - systemd_unit: runner-exporter.service\n"
           "    content: |\n"
           "      [Service]\n"
           "      EnvironmentFile=/etc/exporter.env\n"
           "      ExecStart=/opt/exporter/exporter\n"
           "      ProtectHome=yes\n"
           "    provides:\n"
           "      port: " +
           exporter_port +
           "\n"
           "      metrics_from: files/runner-exporter.prom\n"
           "      labels: {environment: " +
           environment + "}\n";
  }
  std::string monitoring() const {
    return "manifest: monitoring\nhosts: monitoring\nresources:\n"
           "  - prometheus_scrape: github-runner-health\n"
           "    honor_labels: true\n"
           "    targets:\n" +
           targets +
           "  - prometheus_rules: runner-alerts\n"
           "    groups:\n"
           "      - name: github_runner_health\n"
           "        rules:\n"
           "          - alert: GitHubRunnerOffline\n"
           "            expr: " +
           expression +
           "\n"
           "            for: 5m\n"
           "  - grafana_dashboard: github-runner-health\n"
           "    content: |\n"
           "      {\"title\": \"GitHub Runner Health\", \"panels\": [\n"
           "        {\"id\": 5, \"type\": \"stat\", \"title\": \"Last Check-In\", \"targets\": [\n"
           "          {\"refId\": \"A\", \"expr\": \"" +
           panel + "\"}]}]}\n";
  }
};

/// "FILE:LINE:COLUMN: message [FILE:LINE:COLUMN note]" of each error.
std::vector<std::string> refused(const Stack& stack) {
  Site site(all_kinds());
  site.write("inventory.yaml",
             "all:\n  children:\n    runners:\n      hosts:\n"
             "        h1: {ansible_host: 192.168.0.51, environment: staging}\n"
             "        h2: {ansible_host: 192.168.0.13, environment: production}\n"
             "    monitoring:\n      hosts:\n        mon: {ansible_host: 192.168.0.200}\n");
  site.write("manifests/files/runner-exporter.prom",
             "# TYPE runner_status gauge\n"
             "runner_status{hostname=\"h\",environment=\"e\",authorized_for_prod=\"false\"} 1\n"
             "runner_cpu_usage_percent{hostname=\"h\",environment=\"e\"} 1\n"
             "runner_last_check_in_timestamp_seconds{hostname=\"h\",environment=\"e\"} 1\n");
  site.write("manifests/runners.yaml", stack.hosts());
  site.write("manifests/monitoring.yaml", stack.monitoring());
  site.manifests = {"manifests/runners.yaml", "manifests/monitoring.yaml"};
  const Catalog catalog = site.expand();
  EXPECT_FALSE(site.diagnostics.failed()) << site.errors();
  Diagnostics found;
  follow_wiring(catalog.declarations, site.inventory(), all_kinds(), found);
  site.load().report(found, site.diagnostics);
  std::vector<std::string> out;
  for (const Error& error : site.diagnostics.errors()) {
    std::string text = error.where.text() + ": " + error.message;
    for (const Note& note : error.notes)
      text += " [" + note.where.text() + ": " + note.message + "]";
    out.push_back(std::move(text));
  }
  return out;
}

TEST(Defects, NoneInAStackThatFits) { EXPECT_THAT(refused({}), ElementsAre()); }

TEST(Defects, AnExporterWithoutItsEnvironmentReportsProductionFromStaging) {
  // The unit says nothing, so the program's own default counts, and honor_labels lets it win.
  EXPECT_THAT(refused({.environment = "production"}),
              ElementsAre("manifests/monitoring.yaml:7:19: target 192.168.0.51:9101 of scrape job "
                          "'github-runner-health' has environment='staging', but its exporter says "
                          "'production', and honor_labels lets it on h1 "
                          "[manifests/runners.yaml:18:7: systemd_unit runner-exporter.service says "
                          "'production']"));
}

TEST(Defects, ARunnerBehindTheExportersOwnSandbox) {
  EXPECT_THAT(
      refused({.runner_dir = "/home/ryan/actions-runner"}),
      ElementsAre("manifests/runners.yaml:9:14: runner-exporter.service needs "
                  "/home/ryan/actions-runner (RUNNER_DIR in /etc/exporter.env), which its "
                  "sandbox hides: ProtectHome=yes on h1 and h2 [manifests/runners.yaml:16:7: the "
                  "sandbox of runner-exporter.service]"));
}

TEST(Defects, ARuleOnAMetricThatNoExporterHas) {
  EXPECT_THAT(
      refused({.expression = "runner_cpu_percent > 90 or runner_health == 0"}),
      ElementsAre(HasSubstr("manifests/monitoring.yaml:14:19: alert 'GitHubRunnerOffline' asks "
                            "for the metric 'runner_cpu_percent', which nothing exports on mon "
                            "[manifests/runners.yaml:18:7: "),
                  HasSubstr("manifests/monitoring.yaml:14:46: alert 'GitHubRunnerOffline' asks "
                            "for the metric 'runner_health', which nothing exports on mon "
                            "[manifests/runners.yaml:18:7: ")));
}

TEST(Defects, APanelOnAMetricThatNoExporterHas) {
  EXPECT_THAT(refused({.panel = "sum(runner_disk_free_percent{hostname=\\\"$host\\\"})"}),
              ElementsAre(HasSubstr("asks for the metric 'runner_disk_free_percent', which nothing "
                                    "exports on mon [manifests/runners.yaml:18:7: ")));
}

TEST(Defects, ARuleOnALabelThatNoSeriesHas) {
  EXPECT_THAT(
      refused({.expression = "runner_status{runner_name=\"Serotonin-paws360\"} == 0"}),
      ElementsAre(HasSubstr("manifests/monitoring.yaml:14:19: alert 'GitHubRunnerOffline' asks "
                            "for 'runner_status' with runner_name=\"Serotonin-paws360\", which "
                            "no series has on mon [manifests/runners.yaml:18:7: ")));
}

TEST(Defects, APortThatDiffersBetweenTheExporterAndItsTarget) {
  EXPECT_THAT(
      refused({.exporter_port = "9102"}),
      ElementsAre(HasSubstr("manifests/monitoring.yaml:7:19: scrape job 'github-runner-health' "
                            "asks 192.168.0.51:9101, where nothing listens: systemd_unit "
                            "runner-exporter.service listens on port 9102 on h1 "
                            "[manifests/runners.yaml:18:7: the exporter that no job asks]"),
                  HasSubstr("manifests/monitoring.yaml:8:19: scrape job 'github-runner-health' "
                            "asks 192.168.0.13:9101, where nothing listens")));
}

TEST(Defects, APortThatTheFirewallLetsNobodyAsk) {
  EXPECT_THAT(
      refused({.opened = "9100/tcp, from: 192.168.0.200"}),
      ElementsAre(
          HasSubstr("manifests/monitoring.yaml:7:19: scrape job 'github-runner-health' asks "
                    "192.168.0.51:9101, but no rule of its firewall opens the port on h1 "
                    "[manifests/runners.yaml:4:5: firewall ufw denies what no rule allows]"),
          HasSubstr("192.168.0.13:9101")));
  EXPECT_THAT(refused({.opened = "9101/tcp, from: 192.168.0.100"}),
              ElementsAre(HasSubstr("for 192.168.0.100 only, not for 192.168.0.200 on h1 "
                                    "[manifests/runners.yaml:6:5: firewall_rule exporter]"),
                          HasSubstr("192.168.0.13:9101")));
}

TEST(Defects, OneProgramThatIsScrapedTwiceForItsTwoRoles) {
  EXPECT_THAT(
      refused({.targets =
                   "      - {address: \"192.168.0.51:9101\", labels: {runner_role: secondary}}\n"
                   "      - {address: \"192.168.0.51:9101\", labels: {runner_role: primary}}\n"
                   "      - {address: \"192.168.0.13:9101\"}\n"}),
      ElementsAre(
          "manifests/monitoring.yaml:8:19: scrape job 'github-runner-health' asks "
          "192.168.0.51:9101 twice on mon [manifests/monitoring.yaml:7:19: 192.168.0.51:9101 "
          "the first time]"));
}

/// What is wrong with a manifest of one host by itself.
std::vector<std::string> refused_alone(const std::string& resources) {
  Site site(all_kinds());
  site.write("manifests/site.yaml", "hosts: h1\nresources:\n" + resources);
  static_cast<void>(site.expand());
  return site.problems();
}

// Labels of `runs-on` add up, so that a job for the primary waits for it for ever. A route's label
// moves instead; who has it nobody else may say, and nobody gets it who may not do its jobs.
TEST(Defects, ALabelThatStaysWithARunnerThatIsGone) {
  const std::string runner =
      "  - github_runner: one\n"
      "    url: https://github.com/octo/hello\n"
      "    token: t\n"
      "    version: 2.329.0\n"
      "    sha256: 194f1e1e4bd02f80b7e9633fc546084d8d4e19f3928a324d512ea53430102e1d\n"
      "    labels: [production, route-production]\n";
  const std::string route =
      "  - runner_route: production\n"
      "    url: https://github.com/octo/hello\n"
      "    token: t\n"
      "    back_after: 0s\n"
      "    candidates:\n"
      "      - {runner: one, labels: [production], authorized: true}\n"
      "      - {runner: two, labels: [staging], authorized: false}\n";
  EXPECT_THAT(refused_alone(runner + route),
              ElementsAre(HasSubstr("'route-production' is a route's, and moves between runners"),
                          HasSubstr("runner two is not authorized")));
}

TEST(Defects, ACheckThatCanNeverFail) {
  EXPECT_THAT(
      refused_alone("  - check: the deployment is well\n"
                    "    command: {argv: [sh, -c, \"curl -fsS localhost/health || echo FAILED "
                    "|| true\"]}\n"),
      ElementsAre(HasSubstr("manifests/site.yaml:4:14: check 'the deployment is well' can never "
                            "fail")));
}

TEST(Defects, ACommandThatReportsAChangeEachTime) {
  EXPECT_THAT(
      refused_alone("  - command: prune\n    argv: [docker, system, prune, -af]\n"),
      ElementsAre(HasSubstr("manifests/site.yaml:3:5: command 'prune' has no guard, so every "
                            "apply would run it")));
}

TEST(Defects, ATextWithTheTimeOfItsTemplate) {
  EXPECT_THAT(
      refused_alone("  - file: /etc/a\n    content: \"{{ ansible_managed }} {{ now() }}\"\n"),
      testing::Contains(HasSubstr("the function 'now' is not allowed in an expression")));
}

}  // namespace
}  // namespace holdfast
