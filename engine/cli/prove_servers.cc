#include "engine/cli/prove_servers.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/core/text.h"

namespace holdfast {
namespace {

tl::unexpected<Error> unreadable(const std::string& url, const std::string& text) {
  return fail(Code::CheckFailed, printable(url) + " answers " + printable(text.substr(0, 200)) +
                                     ", which can't be read");
}

Result<nlohmann::json> get_json(const GetText& get, const std::string& url) {
  HF_TRY(const std::string text, get(url));
  nlohmann::json out = nlohmann::json::parse(text, nullptr, false);
  if (out.is_discarded()) return unreadable(url, text);
  return out;
}

SeenAlert alert_of(const nlohmann::json& json) {
  SeenAlert out;
  for (const auto& [name, value] : json.at("labels").items()) out.labels[name] = value;
  if (json.contains("state")) out.state = json.at("state");
  if (json.contains("status")) out.state = json.at("status").at("state");
  if (json.contains("receivers")) {
    for (const nlohmann::json& one : json.at("receivers")) out.receivers.push_back(one.at("name"));
  }
  return out;
}

Result<std::vector<SeenAlert>> alerts_in(const nlohmann::json& list, const std::string& url) {
  std::vector<SeenAlert> out;
  try {
    for (const nlohmann::json& one : list) out.push_back(alert_of(one));
  } catch (const nlohmann::json::exception&) {
    return unreadable(url, list.dump());
  }
  return out;
}

}  // namespace

Result<std::vector<SeenAlert>> alerts_of_prometheus(const GetText& get, const std::string& server) {
  const std::string url = server + "/api/v1/alerts";
  HF_TRY(const nlohmann::json json, get_json(get, url));
  const nlohmann::json none = nlohmann::json::object();
  const nlohmann::json& data = json.is_object() && json.contains("data") ? json.at("data") : none;
  if (!data.is_object() || !data.contains("alerts")) return unreadable(url, json.dump());
  return alerts_in(data.at("alerts"), url);
}

Result<std::map<std::string, double>> rules_of(const GetText& get, const std::string& server) {
  const std::string url = server + "/api/v1/rules?type=alert";
  HF_TRY(const nlohmann::json json, get_json(get, url));
  std::map<std::string, double> out;
  try {
    for (const nlohmann::json& group : json.at("data").at("groups")) {
      const double interval = group.at("interval");
      for (const nlohmann::json& rule : group.at("rules")) {
        if (rule.at("type") != "alerting") continue;
        double& slowest = out[rule.at("name")];
        slowest = std::max(slowest, interval);
      }
    }
  } catch (const nlohmann::json::exception&) {
    return unreadable(url, json.dump());
  }
  return out;
}

Result<std::vector<std::string>> alertmanagers_of(const GetText& get, const std::string& server) {
  const std::string url = server + "/api/v1/alertmanagers";
  HF_TRY(const nlohmann::json json, get_json(get, url));
  constexpr std::string_view kPath = "/api/v2/alerts";
  std::vector<std::string> out;
  try {
    for (const nlohmann::json& one : json.at("data").at("activeAlertmanagers")) {
      const std::string whole = one.at("url");
      if (ends_with(whole, kPath)) out.push_back(whole.substr(0, whole.size() - kPath.size()));
    }
  } catch (const nlohmann::json::exception&) {
    return unreadable(url, json.dump());
  }
  return out;
}

Result<std::vector<SeenAlert>> alerts_of_alertmanager(const GetText& get,
                                                      const std::string& server) {
  const std::string url = server + "/api/v2/alerts";
  HF_TRY(const nlohmann::json json, get_json(get, url));
  return alerts_in(json, url);
}

Result<Notifications> notifications_of(const GetText& get, const std::string& server) {
  HF_TRY(const std::string text, get(server + "/metrics"));
  Notifications out;
  for (const std::string_view line : lines(text)) {
    const std::size_t space = line.rfind(' ');
    if (space == std::string_view::npos) continue;
    const double value = std::strtod(std::string(line.substr(space + 1)).c_str(), nullptr);
    if (starts_with(line, "alertmanager_notifications_total{")) out.sent += value;
    if (starts_with(line, "alertmanager_notifications_failed_total{")) out.failed += value;
  }
  return out;
}

}  // namespace holdfast
