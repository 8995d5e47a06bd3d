#include "resources/prometheus/scrape_job.h"

#include <algorithm>
#include <map>

#include "engine/core/text.h"
#include "engine/core/yaml.h"
#include "resources/prometheus/server.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

/// A stated attribute as it stands in a job.
Value written(const Value& value) {
  return value.is_float() ? Value(prometheus_duration(value.as_float())) : value;
}

/// What may hold a secret of somebody else's.
bool sensitive(std::string_view key) {
  static constexpr std::string_view kKept[] = {"basic_auth",  "authorization", "oauth2",
                                               "params",      "bearer_token",  "proxy_url",
                                               "http_headers"};
  return ends_with(key, "_sd_configs") ||
         std::find(std::begin(kKept), std::end(kKept), key) != std::end(kKept);
}

}  // namespace

std::string usual_targets_file(const Resource& resource) {
  std::string name = resource.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !file_name(std::string("x") + c); }, '_');
  return "/etc/prometheus/file_sd/" + name + ".yml";
}
std::string targets_file(const Resource& resource) {
  return stated_text(resource.desired, "file", usual_targets_file(resource));
}

std::vector<ScrapeTarget> scrape_targets(const State& desired) {
  std::vector<ScrapeTarget> out;
  const Value* list = stated(desired, "targets");
  if (list == nullptr || !list->is_list()) return out;
  for (const Value& one : list->as_list()) {
    if (!one.is_map()) continue;
    ScrapeTarget target{.address = stated_text(one.as_map(), "address"),
                        .up = stated_bool(one.as_map(), "up", true)};
    const Value* labels = stated(one.as_map(), "labels");
    if (labels != nullptr && labels->is_map()) target.labels = labels->as_map();
    out.push_back(std::move(target));
  }
  return out;
}

std::string sorted_labels(const ValueMap& labels) {
  std::vector<std::string> all;
  for (const auto& [name, value] : labels) all.push_back(name + "=\"" + value.display() + "\"");
  std::sort(all.begin(), all.end());
  return "{" + join(all, ", ") + "}";
}

Value target_map(const std::vector<ScrapeTarget>& targets) {
  std::map<std::string, std::string> sorted;
  for (const ScrapeTarget& one : targets) {
    std::string name = one.address;
    for (int again = 2; sorted.count(name) > 0; ++again) {
      name = one.address + " (" + std::to_string(again) + ")";
    }
    sorted.emplace(std::move(name), sorted_labels(one.labels));
  }
  ValueMap out;
  for (auto& [name, labels] : sorted) out.set(name, labels);
  return out;
}

std::optional<std::vector<ScrapeTarget>> read_scrape_targets(std::string_view text) {
  const auto documents =
      parse_yaml(std::make_shared<const Source>(Source{"targets", std::string(text)}));
  if (!documents || documents->size() != 1) return std::nullopt;
  const Value root = yaml12_value(documents->front());
  if (!root.is_list()) return std::nullopt;
  std::vector<ScrapeTarget> out;
  for (const Value& group : root.as_list()) {
    if (!group.is_map()) return std::nullopt;
    const Value* labels = stated(group.as_map(), "labels");
    for (const std::string& address : stated_list(group.as_map(), "targets")) {
      out.push_back({.address = address});
      if (labels != nullptr && labels->is_map()) out.back().labels = labels->as_map();
    }
  }
  return out;
}

std::string scrape_targets_text(const Resource& resource) {
  ValueList groups;
  for (const ScrapeTarget& target : scrape_targets(resource.desired)) {
    ValueMap group;
    group.set("targets", ValueList{Value(target.address)});
    if (!target.labels.empty()) group.set("labels", target.labels);
    groups.emplace_back(std::move(group));
  }
  return "# Written by holdfast.\n" + (groups.empty() ? "[]\n" : yaml_lines(Value(groups)));
}

const ValueMap& scrape_settings(const State& desired) {
  static const ValueMap kNone;
  const Value* settings = stated(desired, "settings");
  return settings != nullptr && settings->is_map() ? settings->as_map() : kNone;
}

ValueMap scrape_job(const Resource& resource) {
  ValueMap job;
  job.set("job_name", resource.name);
  for (const char* key : kScrapeKeys) {
    if (const Value* value = stated(resource.desired, key)) job.set(key, written(*value));
  }
  for (const auto& [name, value] : scrape_settings(resource.desired)) job.set(name, value);
  ValueMap files;
  files.set("files", ValueList{Value(targets_file(resource))});
  job.set("file_sd_configs", ValueList{Value(std::move(files))});
  return job;
}

Value job_form(const ValueMap& job, const ValueMap& ours, bool hidden) {
  std::map<std::string, Value> sorted;
  for (const auto& [name, value] : job) {
    Value one = value;
    const auto seconds = value.is_text() && starts_with(name, "scrape_")
                             ? read_prometheus_duration(value.as_text())
                             : std::nullopt;
    if (seconds) one = prometheus_duration(*seconds);
    const Value* wanted = ours.find(name);
    const bool same = wanted != nullptr && *wanted == one;
    if (!same && (hidden || sensitive(name))) one = Secret(value.display());
    sorted.emplace(name, std::move(one));
  }
  ValueMap out;
  for (auto& [name, value] : sorted) out.set(name, std::move(value));
  return out;
}

}  // namespace holdfast
