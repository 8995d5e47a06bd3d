#include <nlohmann/json.hpp>

#include "engine/check/prometheus.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

using Asked = PrometheusQuestion;
using Json = nlohmann::json;

Json rule_json(const Asked::Rule& rule) {
  return {{"alert", rule.alert},     {"name", rule.name},     {"expression", rule.expression},
          {"seconds", rule.seconds}, {"labels", rule.labels}, {"annotations", rule.annotations}};
}

Asked::Rule rule_of(const Json& json) {
  return {.alert = json.at("alert"),
          .name = json.at("name"),
          .expression = json.at("expression"),
          .seconds = json.at("seconds"),
          .labels = json.at("labels"),
          .annotations = json.at("annotations")};
}

/// Each kind of question: as JSON, and in words.
struct Write {
  Json& json;
  std::string operator()(const std::monostate&) const { return "whether it has read its files"; }
  std::string operator()(const Asked::Query& query) const {
    json["query"] = {{"text", query.text}, {"is", query.is}, {"holds_ms", query.holds.count()}};
    return query.text + " (" + query.is + ")";
  }
  std::string operator()(const Asked::Job& job) const {
    Json targets = Json::array();
    for (const Asked::Target& one : job.targets) {
      targets.push_back({{"address", one.address}, {"labels", one.labels}, {"up", one.up}});
    }
    json["job"] = {{"name", job.name}, {"targets", targets}, {"since", job.since}};
    return job.targets.empty() ? "whether job " + job.name + " is gone"
                               : "the targets of job " + job.name;
  }
  std::string operator()(const Asked::RuleFile& file) const {
    Json groups = Json::array();
    for (const Asked::Group& group : file.groups) {
      Json rules = Json::array();
      for (const Asked::Rule& rule : group.rules) rules.push_back(rule_json(rule));
      groups.push_back({{"name", group.name}, {"rules", rules}});
    }
    json["rules"] = {{"path", file.path}, {"groups", groups}};
    return file.groups.empty() ? "whether the rules of " + file.path + " are gone"
                               : "the rules of " + file.path;
  }
};

Asked::Job job_of(const Json& json) {
  Asked::Job out{.name = json.at("name"), .since = json.at("since")};
  for (const Json& one : json.at("targets")) {
    out.targets.push_back(
        {.address = one.at("address"), .labels = one.at("labels"), .up = one.at("up")});
  }
  return out;
}

Asked::RuleFile rules_of(const Json& json) {
  Asked::RuleFile out{.path = json.at("path")};
  for (const Json& group : json.at("groups")) {
    out.groups.push_back({.name = group.at("name")});
    for (const Json& rule : group.at("rules")) out.groups.back().rules.push_back(rule_of(rule));
  }
  return out;
}

}  // namespace

Probe::Http prometheus_probe(const PrometheusQuestion& question) {
  Json json{{"alertmanager", question.family == Asked::Family::Alertmanager},
            {"read", question.read}};
  const std::string words = std::visit(Write{json}, question.about);
  return {.url = std::string(kPrometheusScheme) + question.url + "#" + words,
          .body = json.dump(-1, ' ', false, Json::error_handler_t::replace),
          .headers = question.headers};
}

std::optional<PrometheusQuestion> prometheus_question(const Probe::Http& http) {
  if (!starts_with(http.url, kPrometheusScheme)) return std::nullopt;
  const Json json = Json::parse(http.body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Asked out{.headers = http.headers};
  out.url = http.url.substr(kPrometheusScheme.size());
  out.url = out.url.substr(0, out.url.find('#'));
  try {
    if (json.at("alertmanager") == true) out.family = Asked::Family::Alertmanager;
    out.read = json.at("read").get<std::vector<std::string>>();
    if (json.contains("query")) {
      const Json& query = json.at("query");
      out.about = Asked::Query{.text = query.at("text"),
                               .is = query.at("is"),
                               .holds = std::chrono::milliseconds(query.at("holds_ms"))};
    } else if (json.contains("job")) {
      out.about = job_of(json.at("job"));
    } else if (json.contains("rules")) {
      out.about = rules_of(json.at("rules"));
    }
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
  return out;
}

}  // namespace holdfast
