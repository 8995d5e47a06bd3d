#include "tests/support/shipped_stack.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/source_dir.h"

namespace holdfast {
namespace {

constexpr const char* kInventoryText = R"(all:
  vars:
    github_url: https://github.com/octo/hello
    prometheus_host: 192.168.0.200
    runner_work_dir: /home/ci/actions-runner
  children:
    github_runners:
      hosts:
        h1:
          ansible_host: 192.168.0.13
          environment: production
          authorized_for_prod: true
          runner_name: one
          runner_labels: [production, primary]
          exporter_target: {address: "192.168.0.13:9101", labels: {service: github-runner, environment: production, runner_name: one, authorized_for_prod: "true", runner_role: primary}}
        h2:
          ansible_host: 192.168.0.51
          environment: staging
          authorized_for_prod: false
          runner_name: two
          runner_labels: [staging]
          exporter_target: {address: "192.168.0.51:9101", labels: {service: github-runner, environment: staging, runner_name: two, authorized_for_prod: "false", runner_role: secondary}}
    monitoring:
      hosts:
        mon: {ansible_host: 192.168.0.200}
)";

// What the shipped manifests leave to whoever uses them.
constexpr const char* kAroundText = R"(manifest: around
hosts: monitoring
resources:
  - file: /etc/prometheus/alertmanager.yml
    content: |
      route: {receiver: nobody}
      receivers:
        - name: nobody
        - name: oncall-sre
---
manifest: around-runners
hosts: github_runners
resources:
  - check: the runner works
    unit: {name: "actions.runner.octo-hello.{{ runner_name }}.service"}
)";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

const std::map<std::string, std::string>& shipped_stack() {
  static const std::map<std::string, std::string> kFiles = [] {
    std::map<std::string, std::string> out{{"inventory.yaml", kInventoryText},
                                           {"manifests/around.yaml", kAroundText}};
    const std::filesystem::path top = source_dir();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top / "manifests")) {
      if (!entry.is_regular_file()) continue;
      out[std::filesystem::relative(entry.path(), top).string()] = text_of(entry.path());
    }
    return out;
  }();
  return kFiles;
}

const std::vector<std::string>& shipped_manifests() {
  static const std::vector<std::string> kManifests{"manifests/base.yaml", "manifests/fleet.yaml",
                                                   "manifests/around.yaml"};
  return kManifests;
}

}  // namespace holdfast
