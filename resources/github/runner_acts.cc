#include "resources/github/runner_acts.h"

#include <nlohmann/json.hpp>

#include "resources/github/order.h"

namespace holdfast {

nlohmann::ordered_json github_order(const GithubScope& scope, const std::string& runner,
                                    const char* what) {
  static constexpr const char* kKinds[] = {"repository", "organization", "enterprise"};
  return {{"do", what},
          {"scope", kKinds[static_cast<std::size_t>(scope.kind)]},
          {"of", scope.name},
          {"runner", runner}};
}

namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

std::string GithubRunnerActs::question() const { return text(github_order(scope_, name_, "look")); }
std::string GithubRunnerActs::claim() const { return text(github_order(scope_, name_, "claim")); }
std::string GithubRunnerActs::remove() const { return text(github_order(scope_, name_, "remove")); }
std::string GithubRunnerActs::wait_online() const {
  Json json = github_order(scope_, name_, "wait online");
  if (one_job_) json["gone_is_well"] = true;
  return text(json);
}
std::string GithubRunnerActs::registration() const {
  return text(github_order(scope_, name_, "registration"));
}

std::string GithubRunnerActs::for_one_job(const std::vector<std::string>& labels,
                                          const std::string& group, const std::string& work) const {
  Json json = github_order(scope_, name_, "for one job");
  json["labels"] = labels;
  json["group"] = group;
  json["work"] = work;
  return text(json);
}

std::string GithubRunnerActs::set_labels(const std::vector<std::string>& labels,
                                         const std::vector<std::string>& are,
                                         const RouteLabels& routes) const {
  Json json = github_order(scope_, name_, "set labels");
  json["labels"] = labels;
  json["are"] = are;
  if (one_job_) json["gone_is_well"] = true;
  if (routes.off) json["routes"] = "off";
  if (!routes.back.empty()) json["back"] = routes.back;
  return text(json);
}

std::string GithubRunnerActs::move_to_group(const std::string& group) const {
  Json json = github_order(scope_, name_, "move");
  json["group"] = group;
  return text(json);
}

std::string GithubRunnerActs::wait_idle(std::chrono::milliseconds quiet,
                                        std::chrono::milliseconds most, bool busy_is_well) const {
  Json json = github_order(scope_, name_, "wait idle");
  json["quiet_ms"] = quiet.count();
  json["most_ms"] = most.count();
  json["busy_is_well"] = busy_is_well;
  return text(json);
}

}  // namespace holdfast
