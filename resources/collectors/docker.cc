#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// Asked only while the service runs: its socket would start it.
constexpr std::string_view kNameContainers = R"sh(
  if command -v docker >/dev/null 2>&1 && systemctl is-active --quiet docker.service 2>/dev/null; then
    hf_names=$(timeout 20 docker ps --format '{{.Names}}' 2>/dev/null) && printf '%s\n' "$hf_names" || echo ' unknown'
  fi
  echo ' end'
)sh";

/// The names of the containers that Docker's daemon runs: a list, empty where it runs none or isn't
/// there. Its only key is "docker".
class DockerCollector final : public Collector {
 public:
  std::string name() const override { return "docker"; }
  std::string shell() const override { return std::string(kNameContainers); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    ValueList names;
    bool unknown = false;
    bool ended = false;
    for (const std::string_view line : lines(output)) {
      ended = line == " end";
      unknown = unknown || line == " unknown";
      if (!line.empty() && line.front() != ' ') names.emplace_back(line);
    }
    if (!ended) return fail(unreadable_answer("docker", "(cut short)"));
    const Value answer = unknown ? Value(Unknown{"Docker's daemon does not answer this account"})
                                 : Value(std::move(names));
    return std::vector<Value>(keys.size(), answer);
  }
};

}  // namespace

std::unique_ptr<Collector> make_docker_collector() { return std::make_unique<DockerCollector>(); }

}  // namespace holdfast
