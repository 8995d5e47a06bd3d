#include "engine/cli/glance.h"

#include <algorithm>
#include <set>

#include "engine/core/text.h"
#include "engine/core/yaml.h"

namespace holdfast {
namespace {

constexpr std::string_view kKey = "hosts:";

std::set<std::string> selected(const Inventory& inventory, const std::string& pattern) {
  const auto hosts = inventory.select(pattern);
  return hosts ? std::set<std::string>(hosts->begin(), hosts->end()) : std::set<std::string>();
}

}  // namespace

std::vector<std::string> glance_at_hosts(const std::vector<std::string>& manifests,
                                         const std::vector<std::string>& limit,
                                         const Inventory& inventory) {
  std::set<std::string> named;
  for (const std::string& path : manifests) {
    const auto source = load_source(path);
    if (!source) continue;
    for (std::string_view line : lines((*source)->text)) {
      if (!starts_with(line, kKey)) continue;
      line = trim(line.substr(kKey.size()));
      // A list, an expression, a comment: the reader of manifests knows.
      if (line.empty() || line.find_first_of(" \t#{}[]'\"") != std::string_view::npos) continue;
      named.merge(selected(inventory, std::string(line)));
    }
  }
  std::vector<std::string> out(named.begin(), named.end());
  if (!limit.empty()) {
    const std::set<std::string> left = selected(inventory, join(limit, ","));
    std::erase_if(out, [&](const std::string& host) { return left.count(host) == 0; });
  }
  return out;
}

}  // namespace holdfast
