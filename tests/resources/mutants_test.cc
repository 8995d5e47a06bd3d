// The shipped manifests with one link cut between an exporter and whoever is told of an alert: each
// such mutant is refused before any host is asked, with both places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/text.h"
#include "engine/wiring/wiring.h"
#include "resources/registry.h"
#include "tests/support/shipped_stack.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

constexpr const char* kInventory = "inventory.yaml";
constexpr const char* kAround = "manifests/around.yaml";
constexpr const char* kAlerts = "manifests/runner-monitoring.yaml";
constexpr const char* kExporter = "manifests/runner-exporter.yaml";
constexpr const char* kMetrics = "manifests/files/runner-exporter.prom";
constexpr const char* kPanels = "manifests/files/github-runner-health.json";
constexpr const char* kUnitTemplate = "manifests/templates/runner-exporter.service.j2";
constexpr const char* kFleet = "manifests/fleet.yaml";

using Files = std::map<std::string, std::string>;

/// What `validate` says of it.
Diagnostics judged(const Files& files) {
  Site site(all_kinds());
  for (const auto& [path, text] : files) site.write(path, text);
  site.options.trust = Trust::Offline;
  site.manifests = shipped_manifests();
  const Catalog catalog = site.expand();
  EXPECT_FALSE(site.diagnostics.failed()) << site.errors();
  Diagnostics found, out;
  follow_wiring(catalog.declarations, site.inventory(), all_kinds(), found);
  site.load().report(found, out);
  return out;
}

bool names_both_places(const Error& error) {
  return error.where.known() && std::any_of(error.notes.begin(), error.notes.end(),
                                            [](const Note& note) { return note.where.known(); });
}

struct Mutant {
  const char* file;
  std::string before, after;
  std::size_t which = 0;  ///< Of the places where it stands.
};

std::string mutated(const Mutant& mutant) {
  std::string text = shipped_stack().at(mutant.file);
  std::size_t at = text.find(mutant.before);
  for (std::size_t i = 0; i < mutant.which && at != std::string::npos; ++i) {
    at = text.find(mutant.before, at + mutant.before.size());
  }
  EXPECT_NE(at, std::string::npos) << mutant.before << " in " << mutant.file;
  if (at != std::string::npos) text.replace(at, mutant.before.size(), mutant.after);
  return text;
}

/// @return how many there were.
std::size_t expect_refused(const std::vector<Mutant>& mutants) {
  for (const Mutant& mutant : mutants) {
    Files files = shipped_stack();
    files[mutant.file] = mutated(mutant);
    const Diagnostics told = judged(files);
    const auto& errors = told.errors();
    EXPECT_TRUE(std::any_of(errors.begin(), errors.end(), names_both_places))
        << mutant.file << ": '" << mutant.before << "' (" << mutant.which << ") became '"
        << mutant.after << "', and " << (errors.empty() ? "nothing was said" : "one place is told");
  }
  return mutants.size();
}

/// As hands misspell a word: a letter too few, one too many, two the wrong way round, one other.
std::vector<std::string> misspelt(const std::string& word) {
  const std::size_t middle = word.size() / 2;
  std::vector<std::string> out{word.substr(0, middle) + word.substr(middle + 1),
                               word.substr(0, middle) + word.substr(middle - 1),
                               word + (word.back() == 's' ? "e" : "s")};
  std::string swapped = word;
  std::size_t at = middle;
  while (at + 1 < swapped.size() && swapped[at] == swapped[at + 1]) ++at;
  if (at + 1 < swapped.size()) {
    std::swap(swapped[at], swapped[at + 1]);
    out.push_back(std::move(swapped));
  }
  return out;
}

/// Each misspelling of `word`, which stands in `around` where that has "@".
void misspell(std::vector<Mutant>& mutants, const char* file, const std::string& around,
              const std::string& word, std::size_t which = 0) {
  const std::size_t at = around.find('@');
  const std::string before = around.substr(0, at), after = around.substr(at + 1);
  for (const std::string& wrong : misspelt(word)) {
    mutants.push_back({file, before + word + after, before + wrong + after, which});
  }
}

/// What all links together must have.
constexpr std::size_t kAtLeast = 100;

std::vector<Mutant> metrics_in_rules() {
  std::vector<Mutant> out;
  misspell(out, kAlerts, "@{runner_role=\"primary\"} == 0", "runner_status");
  misspell(out, kAlerts, "@{runner_role!=\"primary\"} == 0", "runner_status");
  for (const char* op : {"=", "!="}) {
    misspell(out, kAlerts,
             std::string("@{collector=\"service\", runner_role") + op + "\"primary\"} == 0",
             "runner_collector_success");
  }
  for (const char* metric :
       {"runner_cpu_usage_percent", "runner_memory_usage_percent", "runner_disk_usage_percent"}) {
    misspell(out, kAlerts, "expr: @", metric);
  }
  out.push_back({kAlerts, "expr: runner_cpu_usage_percent", "expr: runner_cpu_percent"});
  out.push_back({kAlerts, "runner_status{runner_role=\"primary\"}", "runner_health{}"});
  return out;
}

std::vector<Mutant> labels_in_rules() {
  std::vector<Mutant> out;
  for (const char* asked : {"runner_status{", "up{job=\"{{ job }}\", ",
                            "runner_collector_success{collector=\"service\", "}) {
    for (const char* op : {"=", "!="}) {
      misspell(out, kAlerts, std::string(asked) + "@" + op + "\"primary\"}", "runner_role");
      misspell(out, kAlerts, std::string(asked) + "runner_role" + op + "\"@\"}", "primary");
    }
  }
  for (std::size_t rule = 0; rule < 2; ++rule) {
    misspell(out, kAlerts, "@=\"service\"", "collector", rule);
  }
  for (const char* op : {"=", "!="}) {
    const std::string rest = std::string(", runner_role") + op + "\"primary\"}";
    out.push_back({kAlerts, "up{job=\"{{ job }}\"" + rest, "up{job=\"{{ job }}s\"" + rest});
    out.push_back({kAlerts, "up{job=\"{{ job }}\"" + rest, "up{jobs=\"{{ job }}\"" + rest});
  }
  return out;
}

std::vector<Mutant> panels() {
  std::vector<Mutant> out;
  for (const char* metric :
       {"runner_status", "runner_cpu_usage_percent", "runner_memory_usage_percent",
        "runner_disk_available_bytes", "runner_last_check_in_timestamp_seconds",
        "runner_jobs_total", "runner_busy"}) {
    misspell(out, kPanels, std::string("@{environment="), metric);
    const std::string before = std::string(metric) + "{";
    const std::string rest = "environment=\\\"production\\\"}";
    out.push_back({kPanels, before + rest, before + "enviroment=\\\"production\\\"}"});
    out.push_back({kPanels, before + rest, before + "environment=\\\"prod\\\"}"});
  }
  out.push_back({kPanels, "changes(runner_jobs_total", "changes(runner_job_total"});
  return out;
}

std::vector<Mutant> exported_metrics() {
  std::vector<Mutant> out;
  for (const char* metric :
       {"runner_status", "runner_cpu_usage_percent", "runner_memory_usage_percent",
        "runner_disk_usage_percent", "runner_disk_available_bytes",
        "runner_last_check_in_timestamp_seconds", "runner_busy"}) {
    const std::string type = std::string("# TYPE ") + metric + " gauge\n" + metric + "{";
    const std::string other = std::string(metric) + "_now";
    out.push_back({kMetrics, type, "# TYPE " + other + " gauge\n" + other + "{"});
  }
  return out;
}

std::vector<Mutant> ports_and_addresses() {
  std::vector<Mutant> out;
  for (const char* address : {"192.168.0.13", "192.168.0.51"}) {
    const std::string target = std::string("address: \"") + address;
    for (const char* port : {":9100", ":9102", ":9110", ":80"}) {
      out.push_back({kInventory, target + ":9101", target + port});
    }
    const std::string host = std::string("ansible_host: ") + address + "\n";
    out.push_back({kInventory, host, host + "          runner_exporter_port: 9102\n"});
  }
  out.push_back({kInventory, "\"192.168.0.13:9101\"", "\"192.168.0.14:9101\""});
  out.push_back({kInventory, "\"192.168.0.51:9101\"", "\"192.168.0.15:9101\""});
  out.push_back({kInventory, "\"192.168.0.51:9101\"", "\"192.168.0.13:9101\""});
  out.push_back({kExporter, "      port: \"{{ port }}\"\n", "      port: 9102\n"});
  return out;
}

std::vector<Mutant> firewalls() {
  const std::string rule = "allow: {port: \"{{ port }}/tcp\", from: \"{{ prometheus_host }}\"}";
  std::vector<Mutant> out;
  for (const char* other : {"allow: {port: \"9100/tcp\", from: \"{{ prometheus_host }}\"}",
                            "allow: {port: \"{{ port }}/udp\", from: \"{{ prometheus_host }}\"}",
                            "allow: {port: \"{{ port }}/tcp\", from: 192.168.0.201}",
                            "allow: {port: \"{{ port }}/tcp\", from: 192.168.0.128/26}",
                            "deny: {port: \"{{ port }}/tcp\", from: \"{{ prometheus_host }}\"}",
                            "allow: {port: 9102:9200/tcp, from: \"{{ prometheus_host }}\"}"}) {
    out.push_back({kExporter, rule, other});
  }
  out.push_back({kExporter, rule, rule + "\n    ensure: absent"});
  for (const char* other : {"192.168.0.20", "192.168.0.201", "192.168.0.100"}) {
    out.push_back(
        {kInventory, "prometheus_host: 192.168.0.200", std::string("prometheus_host: ") + other});
  }
  return out;
}

std::vector<Mutant> jobs_and_targets() {
  std::vector<Mutant> out;
  misspell(out, kInventory, "runner_name: one, authorized_for_prod: \"true\", runner_role: @}",
           "primary");
  misspell(out, kInventory, "runner_name: one, authorized_for_prod: \"true\", @: primary}",
           "runner_role");
  out.push_back({kInventory, "{service: github-runner, environment: production",
                 "{service: github-runner, environment: staging"});
  out.push_back({kInventory, "{service: github-runner, environment: staging",
                 "{service: github-runner, environment: production"});
  out.push_back({kInventory, "authorized_for_prod: \"true\"", "authorized_for_prod: \"yes\""});
  out.push_back({kInventory, "authorized_for_prod: \"false\"", "authorized_for_prod: \"true\""});
  out.push_back(
      {kExporter, "        environment: \"{{ environment }}\"", "        environment: \"prod\""});
  for (const char* name : {"{{ job }}s", "github-runners-health", "github-runner"}) {
    out.push_back({kAlerts, "prometheus_scrape: \"{{ job }}\"",
                   std::string("prometheus_scrape: \"") + name + "\""});
  }
  return out;
}

std::vector<Mutant> routes_and_receivers() {
  std::vector<Mutant> out;
  misspell(out, kFleet, "receiver: {type: text, default: @,", "oncall-sre");
  misspell(out, kAround, "- name: @", "oncall-sre");
  misspell(out, kAlerts, "matchers: ['component=\"@\"']", "github-runner");
  misspell(out, kAlerts, "matchers: ['@=\"github-runner\"']", "component");
  out.push_back({kAlerts, "matchers: ['component=\"github-runner\"']",
                 "matchers: ['component=~\"github-runners|gitlab-runners\"']"});
  for (std::size_t rule = 0; rule < 5; ++rule) {
    misspell(out, kAlerts, "component: @", "github-runner", rule);
    out.push_back({kAlerts, "component: github-runner", "compnent: github-runner", rule});
  }
  return out;
}

std::vector<Mutant> sandboxes_and_units() {
  std::vector<Mutant> out;
  const std::string shown = "ProtectHome=tmpfs\nBindReadOnlyPaths=-{{ dir }}";
  for (const char* other :
       {"ProtectHome=yes", "ProtectHome=tmpfs", "ProtectHome=tmpfs\nBindReadOnlyPaths=-/home/ci/x",
        "InaccessiblePaths=/home/ci", "TemporaryFileSystem=/home:ro",
        "ProtectHome=tmpfs\nBindReadOnlyPaths=-{{ dir }}s"}) {
    out.push_back({kUnitTemplate, shown, other});
  }
  out.push_back(
      {kUnitTemplate, "runner_dir.startswith('/home/')", "runner_dir.startswith('/homes/')"});
  out.push_back({kExporter, "RUNNER_DIR={{ runner_dir }}", "RUNNER_DIR=/home/ci/runner"});
  misspell(out, kAround, "actions.runner.@.{{ runner_name }}", "octo-hello");
  out.push_back({kAround, "hello.{{ runner_name }}", "hello.{{ inventory_hostname }}"});
  return out;
}

TEST(Mutants, WithoutOneNothingIsSaid) {
  const Diagnostics told = judged(shipped_stack());
  for (const Error& error : told.errors()) {
    ADD_FAILURE() << error.where.text() << ": " << error.message;
  }
}

struct LinkCase {
  const char* name;
  std::vector<Mutant> (*link)();
};
constexpr LinkCase kLinks[] = {{"MetricsInRules", metrics_in_rules},
                               {"LabelsInRules", labels_in_rules},
                               {"Panels", panels},
                               {"ExportedMetrics", exported_metrics},
                               {"PortsAndAddresses", ports_and_addresses},
                               {"Firewalls", firewalls},
                               {"JobsAndTargets", jobs_and_targets},
                               {"RoutesAndReceivers", routes_and_receivers},
                               {"SandboxesAndUnits", sandboxes_and_units}};

class MutantsOf : public testing::TestWithParam<LinkCase> {};
TEST_P(MutantsOf, AreRefusedWithBothPlaces) { EXPECT_GT(expect_refused(GetParam().link()), 0U); }
INSTANTIATE_TEST_SUITE_P(Links, MutantsOf, testing::ValuesIn(kLinks),
                         [](const auto& p) { return std::string(p.param.name); });

TEST(Mutants, AreAHundredAndMore) {
  std::size_t count = 0;
  for (const LinkCase& link : kLinks) count += link.link().size();
  RecordProperty("mutants", static_cast<int>(count));
  EXPECT_GE(count, kAtLeast);
}

}  // namespace
}  // namespace holdfast
