// Manifests whose resources are right one by one and wrong together: each is refused before any
// host is asked, with both places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/text.h"
#include "engine/wiring/wiring.h"
#include "resources/registry.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

/// Two runner hosts and a monitoring host; what is wrong with manifests/site.yaml there.
class WiredSite {
 public:
  WiredSite() : site_(all_kinds()) {
    site_.write("inventory.yaml",
                "all:\n  hosts:\n"
                "    mon: {ansible_host: 192.168.0.200}\n"
                "    h1: {ansible_host: 192.168.0.51, environment: staging}\n"
                "    h1-production: {ansible_host: 192.168.0.51, environment: production}\n"
                "    h2: {ansible_host: 192.168.0.13, environment: production}\n");
  }

  void write(const std::string& path, const std::string& text) { site_.write(path, text); }

  /// "line:column message [line:column note]" of each error, a line each; places in other files
  /// with their path.
  std::string told(const std::string& manifest) {
    site_.write("manifests/site.yaml", manifest);
    const Catalog catalog = site_.expand();
    EXPECT_FALSE(site_.diagnostics.failed()) << site_.errors();
    Diagnostics found;
    follow_wiring(catalog.declarations, site_.inventory(), all_kinds(), found);
    site_.load().report(found, site_.diagnostics);
    std::string out;
    for (const Error& error : site_.diagnostics.errors()) {
      out += place(error.where) + error.message;
      for (const Note& note : error.notes) out += " [" + place(note.where) + note.message + "]";
      out += "\n";
    }
    return out;
  }

 private:
  static std::string place(const Position& where) {
    std::string text = where.text();
    const std::string usual = "manifests/site.yaml:";
    return (starts_with(text, usual) ? text.substr(usual.size()) : text) + " ";
  }

  Site site_;
};

constexpr const char* kExporterUnit =
    "  - systemd_unit: exporter.service\n"
    "    content: |\n"
    "      [Service]\n"
    "      EnvironmentFile=/etc/exporter.env\n"
    "      ExecStart=/opt/exporter/exporter\n"
    "      ProtectHome=yes\n"
    "      ProtectSystem=strict\n";

TEST(WiringOfManifests, ASandboxThatHidesWhatTheEnvironmentNames) {
  WiredSite wired;
  EXPECT_EQ(
      wired.told(std::string("hosts: h1\nresources:\n"
                             "  - file: /etc/exporter.env\n"
                             "    content: |\n"
                             "      HOME=/home/exporter\n"
                             "      RUNNER_DIR=/home/ryan/actions-runner\n") +
                 kExporterUnit),
      "4:14 exporter.service needs /home/ryan/actions-runner (RUNNER_DIR in /etc/exporter.env), "
      "which its sandbox hides: ProtectHome=yes on h1 [12:7 the sandbox of exporter.service]\n");
}

TEST(WiringOfManifests, ASandboxThatHidesWhatItsOwnConfigurationNames) {
  WiredSite wired;
  EXPECT_EQ(
      wired.told("hosts: h1\nresources:\n"
                 "  - file: /etc/promtail.yml\n"
                 "    content: |\n"
                 "      scrape_configs:\n"
                 "        - static_configs:\n"
                 "            - labels:\n"
                 "                __path__: /home/*/actions-runner/_diag/*.log\n"
                 "  - systemd_unit: promtail.service\n"
                 "    content: |\n"
                 "      [Service]\n"
                 "      ExecStart=/usr/bin/promtail -config.file=/etc/promtail.yml\n"
                 "      ProtectHome=true\n"),
      "4:14 promtail.service needs /home/*/actions-runner/_diag/*.log (__path__ in "
      "/etc/promtail.yml), which its sandbox hides: ProtectHome=true on h1 [13:7 the sandbox of "
      "promtail.service]\n");
}

struct SandboxCase {
  const char* name;
  std::string settings;  ///< Below [Service], each after six spaces.
  std::string more;      ///< Attributes.
  std::string told;      ///< "" where nothing is wrong.
};
class SandboxOfManifests : public testing::TestWithParam<SandboxCase> {};

TEST_P(SandboxOfManifests, IsComparedWithWhatTheServiceNeeds) {
  const SandboxCase& c = GetParam();
  WiredSite wired;
  const std::string told = wired.told(
      "hosts: h1\nresources:\n  - systemd_unit: s.service\n    content: |\n"
      "      [Service]\n" +
      c.settings + c.more);
  if (c.told.empty()) {
    EXPECT_EQ(told, "");
  } else {
    EXPECT_THAT(told, HasSubstr(c.told));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, SandboxOfManifests,
    testing::Values(
        SandboxCase{"Reads", "      ProtectHome=tmpfs\n", "    reads: [/root/key]\n",
                    "6:7 the sandbox"},
        SandboxCase{"ReadsPlace", "      ProtectHome=tmpfs\n", "    reads: [/root/key]\n",
                    "7:12 s.service needs /root/key (reads), which its sandbox hides: "
                    "ProtectHome=tmpfs on h1"},
        SandboxCase{"Bound", "      ProtectHome=tmpfs\n      BindReadOnlyPaths=-/home/a\n",
                    "    reads: [/home/a/b]\n", ""},
        SandboxCase{"BoundElsewhere", "      ProtectHome=tmpfs\n      BindReadOnlyPaths=/home/b\n",
                    "    reads: [/home/a/b]\n", "which its sandbox hides"},
        SandboxCase{"BoundToWhatOnlySystemdKnows",
                    "      ProtectHome=tmpfs\n      BindPaths=%h/a\n", "    reads: [/home/a]\n",
                    ""},
        SandboxCase{"ReadOnlyIsSeen", "      ProtectHome=read-only\n", "    reads: [/home/a]\n",
                    ""},
        SandboxCase{"ReadOnlyIsNotWritten", "      ProtectHome=read-only\n",
                    "    writes: [/home/a]\n", "makes read-only: ProtectHome=read-only"},
        SandboxCase{"Inaccessible", "      InaccessiblePaths=/srv -/mnt\n", "    reads: [/mnt/a]\n",
                    "hides: InaccessiblePaths=/srv -/mnt"},
        SandboxCase{"Emptied", "      TemporaryFileSystem=/var:ro\n", "    reads: [/var/lib/a]\n",
                    "hides: TemporaryFileSystem=/var:ro"},
        SandboxCase{"Reset", "      InaccessiblePaths=/srv\n      InaccessiblePaths=\n",
                    "    reads: [/srv/a]\n", ""},
        SandboxCase{"LaterWins", "      ProtectHome=yes\n      ProtectHome=no\n",
                    "    reads: [/home/a]\n", ""},
        SandboxCase{"DropIn", "      ExecStart=/usr/bin/a\n",
                    "    drop_ins: {10-x.conf: \"[Service]\\nProtectHome=yes\\n\"}\n"
                    "    reads: [/home/a]\n",
                    "hides: ProtectHome=yes"},
        SandboxCase{"Strict", "      ProtectSystem=strict\n", "    writes: [/var/lib/a]\n",
                    "makes read-only: ProtectSystem=strict"},
        SandboxCase{"StrictWithAStateFolder",
                    "      ProtectSystem=strict\n      StateDirectory=a b\n",
                    "    writes: [/var/lib/b/c]\n", ""},
        SandboxCase{"StrictWithAWritablePath",
                    "      ProtectSystem=strict\n      ReadWritePaths=-/srv/a\n",
                    "    writes: [/srv/a]\n", ""},
        SandboxCase{"StrictWithItsOwnTmp", "      ProtectSystem=strict\n      PrivateTmp=yes\n",
                    "    writes: [/tmp/a]\n", ""},
        SandboxCase{"Full", "      ProtectSystem=full\n", "    writes: [/etc/a]\n",
                    "makes read-only: ProtectSystem=full"},
        SandboxCase{"FullButElsewhere", "      ProtectSystem=full\n", "    writes: [/var/a]\n", ""},
        SandboxCase{"Program",
                    "      ExecStart=/home/a/run --config=/etc/a\n      ProtectHome=yes\n", "",
                    "needs /home/a/run (ExecStart)"},
        SandboxCase{"Argument",
                    "      ExecStart=/usr/bin/a --config=/home/a/c\n      ProtectHome=1\n", "",
                    "needs /home/a/c (ExecStart)"},
        SandboxCase{"OutsideOfIt", "      ExecStartPre=+/home/a/run\n      ProtectHome=yes\n", "",
                    ""},
        SandboxCase{"Environment",
                    "      Environment=\"A=1\" B=/root/b HOME=/root\n      ProtectHome=yes\n", "",
                    "needs /root/b (B of its environment)"},
        SandboxCase{"WorkingDirectory", "      WorkingDirectory=/home/a\n      ProtectHome=yes\n",
                    "", "needs /home/a (WorkingDirectory)"},
        SandboxCase{"AnotherRoot", "      RootDirectory=/srv/root\n      ProtectHome=yes\n",
                    "    reads: [/home/a]\n", ""}),
    [](const auto& p) { return p.param.name; });

TEST(WiringOfManifests, ASecretIsTakenForRightAndNotSaid) {
  WiredSite wired;
  EXPECT_EQ(
      wired.told("hosts: h1\n"
                 "inputs: {tok: {type: secret, default: /home/hunter2}}\n"
                 "resources:\n"
                 "  - systemd_unit: one.service\n"
                 "    content: \"[Service]\\nExecStart=/bin/x {{ tok }}/b\\nProtectHome=yes\\n\"\n"
                 "    reads: [\"{{ tok }}/c\"]\n"
                 "    provides: {port: 9101, metrics: [\"runner_{{ tok | length }}\"]}\n"),
      "");
}

TEST(WiringOfManifests, AUnitThatIsCalledOtherwise) {
  WiredSite wired;
  EXPECT_EQ(
      wired.told(
          "hosts: h1-production\nresources:\n"
          "  - command: install the runner\n"
          "    argv: [/opt/actions-runner/svc.sh, install]\n"
          "    creates: /opt/actions-runner/.service\n"
          "    provides: {units: [actions.runner.rmnanney-PAWS360.dell-r640-01-runner.service]}\n"
          "  - systemd_unit: \"actions.runner.rmnanney-PAWS360.{{ inventory_hostname "
          "}}-runner.service\"\n"
          "    state: running\n"),
      "7:5 systemd_unit actions.runner.rmnanney-PAWS360.h1-production-runner.service speaks of the "
      "unit "
      "actions.runner.rmnanney-PAWS360.h1-production-runner.service, which nothing makes on "
      "h1-production [6:15 command install the runner makes "
      "actions.runner.rmnanney-PAWS360.dell-r640-01-runner.service]\n");
}

/// What h1 and h2 want of one object of a Grafana, each in lines of its own.
struct SharedCase {
  const char* name;
  std::string first, second;
  std::string told;
  std::string server = "    server: http://g:3000\n    token: t\n";
};
class SharedGrafana : public testing::TestWithParam<SharedCase> {};

TEST_P(SharedGrafana, IsNotOverwrittenByTurns) {
  const SharedCase& c = GetParam();
  const auto resource = [&](const std::string& stated, const char* host) {
    return "  - " + stated + "    when: inventory_hostname == '" + host + "'\n" + c.server;
  };
  WiredSite wired;
  EXPECT_EQ(wired.told("hosts: [h1, h2]\nresources:\n" + resource(c.first, "h1") +
                       resource(c.second, "h2")),
            c.told);
}

INSTANTIATE_TEST_SUITE_P(
    Table, SharedGrafana,
    testing::Values(
        SharedCase{"Folder", "grafana_folder: ops\n    title: One\n",
                   "grafana_folder: ops\n    title: Two\n",
                   "8:5 grafana_folder ops on h2 and grafana_folder ops on h1 both decide over the "
                   "folder ops at http://g:3000 [3:5 the other one]\n"},
        SharedCase{"DataSource", "grafana_datasource: ops\n    type: prometheus\n",
                   "grafana_datasource: ops\n    type: loki\n",
                   "8:5 grafana_datasource ops on h2 and grafana_datasource ops on h1 both decide "
                   "over the data source ops at http://g:3000 [3:5 the other one]\n"},
        SharedCase{"DataSourceByItsUid", "grafana_datasource: One\n    type: loki\n    uid: ops\n",
                   "grafana_datasource: Two\n    type: loki\n    uid: ops\n",
                   "9:5 grafana_datasource Two on h2 and grafana_datasource One on h1 both decide "
                   "over the data source ops at http://g:3000 [3:5 the other one]\n"},
        SharedCase{"Dashboard",
                   "grafana_dashboard: ops\n    provision: api\n    content: '{\"title\": "
                   "\"One\"}'\n",
                   "grafana_dashboard: ops\n    provision: api\n    content: '{\"title\": "
                   "\"Two\"}'\n",
                   "9:5 grafana_dashboard ops on h2 and grafana_dashboard ops on h1 both decide "
                   "over the dashboard ops at http://g:3000 [3:5 the other one]\n"},
        SharedCase{"DashboardInAnotherFolder",
                   "grafana_dashboard: ops\n    provision: api\n    content: '{\"title\": "
                   "\"One\"}'\n",
                   "grafana_dashboard: ops\n    provision: api\n    folder: more\n    content: "
                   "'{\"title\": \"One\"}'\n",
                   "9:5 grafana_dashboard ops on h2 and grafana_dashboard ops on h1 both decide "
                   "over the dashboard ops at http://g:3000 [3:5 the other one]\n"},
        SharedCase{"TheSame",
                   "grafana_dashboard: ops\n    provision: api\n    content: '{\"title\": "
                   "\"One\"}'\n",
                   "grafana_dashboard: ops\n    provision: api\n    content: '{ \"title\":"
                   "\"One\" }'\n",
                   ""},
        SharedCase{"WithMoreOfIt", "grafana_datasource: ops\n    type: loki\n",
                   "grafana_datasource: ops\n    type: loki\n    url: http://l\n", ""},
        SharedCase{"EachHostsOwn", "grafana_folder: ops\n    title: One\n",
                   "grafana_folder: ops\n    title: Two\n", "",
                   "    server: http://127.0.0.1:3000\n    through: ssh\n    token: t\n"},
        SharedCase{"TheControllersOwn", "grafana_folder: ops\n    title: One\n",
                   "grafana_folder: ops\n    title: Two\n",
                   "8:5 grafana_folder ops on h2 and grafana_folder ops on h1 both decide over the "
                   "folder ops at http://localhost:3000 [3:5 the other one]\n",
                   "    server: http://LocalHost:3000/\n    token: t\n"},
        SharedCase{"WhereverItIs", "grafana_folder: ops\n    title: One\n",
                   "grafana_folder: ops\n    title: Two\n", "",
                   "    server: \"http://{{ facts.hostname }}:3000\"\n    token: t\n"}),
    [](const auto& p) { return p.param.name; });

TEST(WiringOfManifests, AFileOfMetricsThatPrometheusWouldRefuse) {
  Site site(all_kinds());
  site.write("manifests/files/pushed.prom",
             "# TYPE deployment_status histogram\ndeployment_status 1\n");
  site.write("manifests/site.yaml",
             "hosts: h1\nresources:\n  - directory: /srv\n    provides: {metrics_from: "
             "files/pushed.prom}\n");
  static_cast<void>(site.expand());
  EXPECT_THAT(
      site.problems(),
      testing::ElementsAre("manifests/files/pushed.prom:2:1: 'deployment_status' is a histogram, "
                           "and has a sample of its own name"));
}

TEST(WiringOfManifests, WhatIsProvidedIsTyped) {
  Site site(all_kinds());
  site.write("manifests/site.yaml",
             "hosts: h1\nresources:\n"
             "  - directory: /srv\n    provides: {port: none}\n"
             "  - directory: /srv/a\n    provides: {metrics: [\"a b\"]}\n"
             "  - directory: /srv/b\n    provides: {metrics_from: files/none.prom}\n"
             "  - directory: /srv/c\n    provides: {metric: [a]}\n");
  static_cast<void>(site.expand());
  ASSERT_EQ(site.problems().size(), 4U) << site.errors();
  EXPECT_THAT(site.errors(), HasSubstr("'a b' in 'provides' of directory '/srv/a' is no metric"));
}

}  // namespace
}  // namespace holdfast
