#include "resources/prometheus/proof.h"

#include "resources/stated.h"

namespace holdfast {
namespace {

using Asked = PrometheusQuestion;

Probe probe(const MonitoringServer& server, Asked asked) {
  asked.url = server.url;
  return Probe{.ask = std::move(asked),
               .retry = {.total = server.wait, .backoff = std::chrono::milliseconds(250)}};
}

/// A number stands for its digits.
std::vector<std::pair<std::string, std::string>> texts(const ValueMap& map, const char* name) {
  std::vector<std::pair<std::string, std::string>> out;
  const Value* value = stated(map, name);
  if (value == nullptr || !value->is_map()) return out;
  for (const auto& [key, item] : value->as_map()) out.emplace_back(key, item.display());
  return out;
}

Asked::Rule rule_of(const ValueMap& map) {
  const bool alert = stated(map, "alert") != nullptr;
  const Value* expression = stated(map, "expr");
  return {.alert = alert,
          .name = stated_text(map, alert ? "alert" : "record"),
          .expression = expression == nullptr ? "" : expression->display(),
          .seconds = read_prometheus_duration(stated_text(map, "for", "0")).value_or(0),
          .labels = texts(map, "labels"),
          .annotations = texts(map, "annotations")};
}

}  // namespace

Probe prove_rules(const MonitoringServer& server, const std::string& file, const Value& tree,
                  std::vector<std::string> read) {
  Asked::RuleFile wanted{.path = file, .groups = {}};
  const Value* groups = tree.is_map() ? stated(tree.as_map(), "groups") : nullptr;
  if (groups != nullptr && groups->is_list()) {
    for (const Value& group : groups->as_list()) {
      if (!group.is_map()) continue;
      Asked::Group one{.name = stated_text(group.as_map(), "name"), .rules = {}};
      const Value* rules = stated(group.as_map(), "rules");
      if (rules != nullptr && rules->is_list()) {
        for (const Value& rule : rules->as_list()) {
          if (rule.is_map()) one.rules.push_back(rule_of(rule.as_map()));
        }
      }
      wanted.groups.push_back(std::move(one));
    }
  }
  return probe(server, {.read = std::move(read), .about = std::move(wanted)});
}

Probe prove_targets(const MonitoringServer& server, Asked::Job job, std::vector<std::string> read) {
  return probe(server, {.read = std::move(read), .about = std::move(job)});
}

Probe prove_reload(const MonitoringServer& server, Asked::Family family,
                   std::vector<std::string> read) {
  return probe(server, {.family = family, .read = std::move(read), .about = {}});
}

}  // namespace holdfast
