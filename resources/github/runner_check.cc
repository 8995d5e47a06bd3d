#include "resources/github/runner_check.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/check/expiry.h"
#include "engine/core/text.h"
#include "resources/github/runner_acts.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

tl::unexpected<Error> failed(std::string what, std::string hint) {
  return fail(Code::CheckFailed, std::move(what), std::move(hint));
}

/// Those of `wanted` that aren't among `all`; labels know no case.
std::vector<std::string> lacking(const std::vector<std::string>& wanted,
                                 const std::vector<GithubLabel>& all) {
  std::vector<std::string> out;
  for (const std::string& label : wanted) {
    const bool there = std::any_of(all.begin(), all.end(), [&](const GithubLabel& one) {
      return to_lower(one.name) == to_lower(label);
    });
    if (!there) out.push_back(label);
  }
  return out;
}

std::string listed(const std::vector<std::string>& labels) {
  return labels.empty() ? "none" : printable(join(labels, ", "));
}

}  // namespace

std::string github_check_text(const GithubScope& scope, const std::string& runner,
                              const GithubRunnerCheck& check) {
  Json json = Json::parse(GithubRunnerActs(scope, runner).question());
  json["do"] = "check";
  json["online"] = check.online;
  if (check.idle) json["idle"] = *check.idle;
  if (!check.labels.empty()) json["labels"] = check.labels;
  if (check.token_holds) json["token_seconds"] = check.token_holds->count();
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

GithubRunnerCheck read_github_check(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  GithubRunnerCheck out;
  if (!json.is_object()) return out;
  out.online = json.value("online", true);
  if (json.contains("idle")) out.idle = json.value("idle", true);
  out.labels = json.value("labels", std::vector<std::string>());
  if (json.contains("token_seconds")) {
    out.token_holds = std::chrono::seconds(json.value("token_seconds", std::int64_t{0}));
  }
  return out;
}

Result<std::string> judge_github_runner(const GithubScope& scope, const std::string& name,
                                        const std::optional<GithubRunner>& seen,
                                        const GithubRunnerCheck& check,
                                        std::optional<std::int64_t> expires, std::int64_t now) {
  const std::string who = "runner " + printable(name);
  if (!seen) {
    return failed("GitHub has no " + who + " in " + printable(scope.name),
                  "`holdfast apply` registers it; is that its name there?");
  }
  if (seen->online != check.online) {
    return failed("GitHub calls " + who + (seen->online ? " online" : " offline"),
                  seen->online ? "" : "`systemctl status 'actions.runner.*'` on its host says why");
  }
  if (check.idle && seen->busy == *check.idle) {
    return failed(who + (seen->busy ? " has a job" : " has no job"),
                  seen->busy ? "wait until it is done" : "");
  }
  const std::vector<std::string> missing = lacking(check.labels, seen->labels);
  if (!missing.empty()) {
    return failed(who + " lacks the labels " + listed(missing) + "; its own are " +
                      listed(seen->custom_labels()),
                  "`holdfast apply` sets them");
  }
  std::string found = seen->online ? "online" : "offline";
  found += seen->busy ? ", has a job" : ", idle";
  found += "; labels: " + listed(seen->custom_labels());
  if (!expires) return found;
  auto token =
      judge_expiry("the token", *expires, check.token_holds.value_or(std::chrono::seconds(0)), now);
  if (!token) return fail(std::move(token.error()));
  return found + "; the token " + *token;
}

}  // namespace holdfast
