#include "resources/prometheus/ends.h"

#include <cstdlib>

#include "engine/core/text.h"
#include "resources/prometheus/rules.h"
#include "resources/prometheus/server.h"
#include "resources/promql/uses.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const ValueMap& map_of(const ValueMap& from, std::string_view name) {
  static const ValueMap kNone;
  const Value* found = stated(from, name);
  return found != nullptr && found->is_map() ? found->as_map() : kNone;
}

const ValueList& list_of(const ValueMap& from, std::string_view name) {
  static const ValueList kNone;
  const Value* found = stated(from, name);
  return found != nullptr && found->is_list() ? found->as_list() : kNone;
}

/// "10.0.0.5:9101", "[::1]:9100".
bool read_address(const std::string& address, AskedTarget& out) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return false;
  out.port = std::atoi(address.c_str() + colon + 1);
  out.host = address.substr(0, colon);
  if (starts_with(out.host, "[") && ends_with(out.host, "]")) {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  return out.port > 0 && !out.host.empty();
}

class RuleEnds {
 public:
  RuleEnds(const Resource& resource, Ends& ends) : resource_(resource), ends_(ends) {}

  void add(const ValueMap& rule, TreePath path) {
    const std::string alert = stated_text(rule, "alert");
    const std::string record = stated_text(rule, "record");
    const std::string expression = stated_text(rule, "expr");
    path.emplace_back("expr");
    const auto exactly = [&resource = resource_, path](std::size_t offset, std::size_t length) {
      return place_of(resource, RuleMistake{path, "", offset, length});
    };
    const std::string what = alert.empty() ? "recording '" + printable(record) + "'"
                                           : "alert '" + printable(alert) + "'";
    Ends read;
    if (!expression.empty()) {
      add_metric_uses(expression, PromqlFrom::Prometheus, what, {}, exactly, read);
    }
    if (!record.empty()) add_recording(rule, record, read.uses);
    if (!alert.empty() && !expression.empty()) {
      add_alert(rule, alert, read.uses,
                [exactly, expression] { return exactly(0, expression.size()); });
    }
    for (MetricUse& use : read.uses) ends_.uses.push_back(std::move(use));
  }

 private:
  void add_recording(const ValueMap& rule, const std::string& name,
                     const std::vector<MetricUse>& reads) {
    RecordedMetric made;
    made.name = name;
    for (const auto& [label, value] : map_of(rule, "labels")) made.labels[label] = value.display();
    made.reads = reads;
    made.numbers = read_promql(stated_text(rule, "expr")).numbers;
    ends_.recorded.push_back(std::move(made));
  }

  void add_alert(const ValueMap& rule, const std::string& name, const std::vector<MetricUse>& reads,
                 std::function<Position()> exactly) {
    Alert raised;
    raised.exactly = std::move(exactly);
    raised.name = name;
    raised.hold = read_prometheus_duration(stated_text(rule, "for")).value_or(0);
    for (const auto& [label, value] : map_of(rule, "labels")) {
      const std::string text = value.is_text() ? value.as_text() : value.display();
      const bool known = text.find("{{") == std::string::npos;
      raised.labels[label] = known ? std::optional(text) : std::nullopt;
    }
    raised.reads = reads;
    raised.numbers = read_promql(stated_text(rule, "expr")).numbers;
    ends_.alerts.push_back(std::move(raised));
  }

  const Resource& resource_;
  Ends& ends_;
};

}  // namespace

void add_scrape_ends(const Resource& resource, Ends& ends) {
  ScrapeJob job;
  job.name = resource.name;
  job.path = stated_text(resource.desired, "metrics_path", "/metrics");
  job.honor_labels = stated_bool(resource.desired, "honor_labels", false);
  for (const auto& [key, value] : map_of(resource.desired, "settings")) {
    job.rewrites = job.rewrites || key == "params" || ends_with(key, "relabel_configs");
    job.complete = job.complete && !ends_with(key, "_sd_configs");
  }
  const Value* unsure = resource.get("targets");
  if (unsure == nullptr || unsure->find_unknown() != nullptr) job.complete = false;
  const ValueList& targets = list_of(resource.desired, "targets");
  for (std::size_t i = 0; i < targets.size(); ++i) {
    AskedTarget target;
    if (targets[i].find_unknown() != nullptr || !targets[i].is_map()) continue;
    const ValueMap& stated = targets[i].as_map();
    if (!read_address(stated_text(stated, "address"), target)) continue;
    target.where = resource.place_in("targets", 1, 1, 1);
    target.exactly = [&resource, i] {
      return place_in_attribute(resource, "targets", {i, std::string("address")});
    };
    for (const auto& [name, value] : map_of(stated, "labels")) {
      target.labels[name] = value.is_text() ? value.as_text() : value.display();
    }
    job.targets.push_back(std::move(target));
  }
  ends.jobs.push_back(std::move(job));
}

void add_rule_ends(const Resource& resource, const Value& tree, Ends& ends) {
  if (!tree.is_map()) return;
  RuleEnds rules(resource, ends);
  const ValueList& groups = list_of(tree.as_map(), "groups");
  for (std::size_t group = 0; group < groups.size(); ++group) {
    if (!groups[group].is_map()) continue;
    const ValueList& list = list_of(groups[group].as_map(), "rules");
    for (std::size_t rule = 0; rule < list.size(); ++rule) {
      if (!list[rule].is_map()) continue;
      rules.add(list[rule].as_map(), {std::string("groups"), group, std::string("rules"), rule});
    }
  }
}

}  // namespace holdfast
