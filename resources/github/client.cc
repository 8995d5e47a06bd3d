#include "resources/github/client.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

const char* const kVersion = "2022-11-28";
const char* const kMostPerPage = "per_page=100";

std::string encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '.' || byte == '_' ||
                       byte == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string text(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool truth(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<std::int64_t> whole(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

ApiError unlike(const std::string& what) {
  return {.fault = ApiFault::Garbage,
          .status = 200,
          .message = "GitHub's answer is not what its API says: " + what,
          .hint =
              "is the address that of a GitHub API? GitHub Enterprise Server has it at "
              "https://HOST/api/v3",
          .may_be_done = false,
          .wait = {}};
}

std::optional<GithubRunner> runner_of(const nlohmann::json& row) {
  if (!row.is_object() || !whole(row, "id") || text(row, "name").empty()) return std::nullopt;
  GithubRunner made{.id = *whole(row, "id"),
                    .name = text(row, "name"),
                    .online = text(row, "status") == "online",
                    .busy = truth(row, "busy"),
                    .ephemeral = truth(row, "ephemeral"),
                    .labels = {},
                    .group = whole(row, "runner_group_id"),
                    .version = std::nullopt};
  if (const std::string version = text(row, "version"); !version.empty()) made.version = version;
  if (const auto labels = row.find("labels"); labels != row.end() && labels->is_array()) {
    for (const nlohmann::json& label : *labels) {
      if (label.is_object())
        made.labels.push_back({text(label, "name"), text(label, "type") == "read-only"});
    }
  }
  return made;
}

/// The rows of a list that may have several pages.
ApiResult<std::vector<nlohmann::json>> rows(const std::vector<HttpReply>& pages, const char* key) {
  std::vector<nlohmann::json> all;
  for (const HttpReply& page : pages) {
    const nlohmann::json body = nlohmann::json::parse(page.body, nullptr, false);
    const nlohmann::json* list = body.is_array() ? &body : nullptr;
    if (body.is_object() && body.contains(key)) list = &body[key];
    if (list == nullptr || !list->is_array())
      return tl::unexpected(unlike(std::string("no list of ") + key));
    for (const nlohmann::json& row : *list) {
      if (!row.is_object())
        return tl::unexpected(unlike(std::string("a strange row among ") + key));
      all.push_back(row);
    }
  }
  return all;
}

ApiResult<std::vector<GithubRunner>> runners_of(const std::vector<HttpReply>& pages) {
  const auto found = rows(pages, "runners");
  if (!found) return tl::unexpected(found.error());
  std::vector<GithubRunner> all;
  for (const nlohmann::json& row : *found) {
    const auto runner = runner_of(row);
    if (!runner) return tl::unexpected(unlike("a runner without id or name"));
    all.push_back(*runner);
  }
  return all;
}

std::string runner_path(const GithubScope& scope, std::int64_t id) {
  return scope.path() + "/actions/runners/" + std::to_string(id);
}

/// By how many seconds a zone is ahead of UTC: "UTC", "+0200", "-0330". nullopt: it is none.
std::optional<std::int64_t> ahead_of_utc(std::string_view zone) {
  if (zone.empty() || zone == "UTC") return 0;
  int hours = 0, minutes = 0;
  const auto number = [&](std::size_t at, int& into) {
    const char* const begin = zone.data() + at;
    return std::from_chars(begin, begin + 2, into).ptr == begin + 2 && into >= 0;
  };
  const bool sign = zone.size() == 5 && (zone[0] == '+' || zone[0] == '-');
  if (!sign || !number(1, hours) || !number(3, minutes)) return std::nullopt;
  const std::int64_t seconds = (std::int64_t{hours} * 60 + minutes) * 60;
  return zone[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::vector<std::string> normal_labels(std::vector<std::string> labels) {
  for (std::string& label : labels) label = to_lower(label);
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

bool is_route_label(std::string_view label) { return starts_with(to_lower(label), kRoutePrefix); }

std::vector<std::string> labels_of(const std::vector<std::string>& labels, bool routes) {
  std::vector<std::string> out;
  std::copy_if(labels.begin(), labels.end(), std::back_inserter(out),
               [&](const std::string& label) { return is_route_label(label) == routes; });
  return out;
}

std::string GithubScope::path() const {
  if (kind == Kind::Organization) return "/orgs/" + encoded(name);
  if (kind == Kind::Enterprise) return "/enterprises/" + encoded(name);
  const auto slash = name.find('/');
  return "/repos/" + encoded(std::string_view(name).substr(0, slash)) + "/" +
         (slash == std::string::npos ? "" : encoded(std::string_view(name).substr(slash + 1)));
}

std::vector<std::string> GithubRunner::custom_labels() const {
  std::vector<std::string> names;
  for (const GithubLabel& label : labels) {
    if (!label.read_only) names.push_back(label.name);
  }
  return normal_labels(std::move(names));
}

GithubClient::GithubClient(std::string api, Secret token, ApiPatience patience,
                           std::unique_ptr<HttpTransport> transport, ApiClock clock)
    : api_({.base = std::move(api),
            .token = std::move(token),
            .headers = {{"Accept", "application/vnd.github+json"},
                        {"X-GitHub-Api-Version", kVersion}},
            .patience = patience},
           std::move(transport), std::move(clock)) {}

std::optional<std::int64_t> GithubClient::token_expires() const {
  const std::string& said = api_.last().header("github-authentication-token-expiration");
  std::tm at{};
  int read = 0;
  if (std::sscanf(said.c_str(), "%d-%d-%d %d:%d:%d%n", &at.tm_year, &at.tm_mon, &at.tm_mday,
                  &at.tm_hour, &at.tm_min, &at.tm_sec, &read) != 6) {
    return std::nullopt;
  }
  at.tm_year -= 1900;
  at.tm_mon -= 1;
  // GitHub says it in UTC, or in the zone of whoever made the token.
  const auto ahead =
      ahead_of_utc(trim(std::string_view(said).substr(static_cast<std::size_t>(read))));
  if (!ahead) return std::nullopt;
  return static_cast<std::int64_t>(timegm(&at)) - *ahead;
}

ApiError GithubClient::explained(ApiError error) const {
  const HttpReply& last = api_.last();
  if (error.status == 0 || error.status != last.status) return error;
  const std::string permissions = printable(last.header("x-accepted-github-permissions"));
  const std::string wanted = printable(last.header("x-accepted-oauth-scopes"));
  if (error.fault == ApiFault::Unauthorized) {
    error.hint = "the token is expired, revoked or wrong: make a new one on GitHub";
  } else if (error.fault == ApiFault::Forbidden || error.fault == ApiFault::NotFound) {
    if (!last.header("x-github-sso").empty()) {
      error.hint = "the organization wants the token authorized for its single sign-on: " +
                   printable(last.header("x-github-sso"));
    } else if (!permissions.empty()) {
      error.hint = "the token needs the permission " + permissions;
    } else if (!wanted.empty()) {
      error.hint = "the token needs the scope " + wanted +
                   "; it has: " + printable(last.header("x-oauth-scopes"));
    }
    if (error.fault == ApiFault::NotFound) {
      error.hint +=
          (error.hint.empty() ? "" : "; ") +
          std::string("GitHub also answers 404 where the token may not see what is there");
    }
  }
  return error;
}

ApiResult<std::vector<GithubRunner>> GithubClient::runners(const GithubScope& scope) {
  const auto pages = api_.pages(scope.path() + "/actions/runners?" + kMostPerPage);
  if (!pages) return tl::unexpected(explained(pages.error()));
  return runners_of(*pages);
}

ApiResult<std::optional<GithubRunner>> GithubClient::find(const GithubScope& scope,
                                                          const std::string& name) {
  const auto pages =
      api_.pages(scope.path() + "/actions/runners?" + kMostPerPage + "&name=" + encoded(name));
  if (!pages) return tl::unexpected(explained(pages.error()));
  const auto found = runners_of(*pages);
  if (!found) return tl::unexpected(found.error());
  for (const GithubRunner& runner : *found) {
    // An older server does not know the filter and answers with all.
    if (to_lower(runner.name) == to_lower(name)) return runner;
  }
  return std::nullopt;
}

ApiResult<std::optional<GithubRunner>> GithubClient::find(const GithubScope& scope,
                                                          std::int64_t id) {
  const auto reply = api_.get(runner_path(scope, id));
  if (!reply && reply.error().fault == ApiFault::NotFound) {
    // Gone, or is the scope itself not to be seen? The list tells.
    const auto list = api_.get(scope.path() + "/actions/runners?per_page=1");
    if (!list) return tl::unexpected(explained(list.error()));
    return std::nullopt;
  }
  if (!reply) return tl::unexpected(explained(reply.error()));
  const auto runner = runner_of(nlohmann::json::parse(reply->body, nullptr, false));
  if (!runner) return tl::unexpected(unlike("a runner without id or name"));
  return runner;
}

ApiResult<void> GithubClient::change(const std::string& method, const std::string& path,
                                     const std::optional<std::string>& body,
                                     const std::function<ApiResult<bool>()>& done) {
  for (int attempt = 1;; ++attempt) {
    const auto reply = api_.send(method, path, body);
    if (reply) return {};
    if (!reply.error().may_be_done) return tl::unexpected(explained(reply.error()));
    const auto was_done = done();
    if (was_done && *was_done) return {};
    if (!was_done || attempt == 2) return tl::unexpected(explained(reply.error()));
  }
}

ApiResult<void> GithubClient::remove(const GithubScope& scope, std::int64_t id) {
  const auto gone = [&]() -> ApiResult<bool> {
    const auto found = find(scope, id);
    if (!found) return tl::unexpected(found.error());
    return !found->has_value();
  };
  auto removed = change("DELETE", runner_path(scope, id), std::nullopt, gone);
  if (removed || removed.error().fault != ApiFault::NotFound) return removed;
  const auto was_gone = gone();
  if (!was_gone) return tl::unexpected(was_gone.error());
  return {};
}

ApiResult<void> GithubClient::set_labels(const GithubScope& scope, std::int64_t id,
                                         const std::vector<std::string>& labels) {
  return change("PUT", runner_path(scope, id) + "/labels",
                nlohmann::json{{"labels", labels}}.dump(), [&]() -> ApiResult<bool> {
                  const auto found = find(scope, id);
                  if (!found) return tl::unexpected(found.error());
                  return found->has_value() && (*found)->custom_labels() == normal_labels(labels);
                });
}

ApiResult<bool> GithubClient::has_label(const GithubScope& scope, std::int64_t id,
                                        const std::string& label) {
  const auto found = find(scope, id);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return false;
  const std::vector<std::string> now = (*found)->custom_labels();
  return std::find(now.begin(), now.end(), to_lower(label)) != now.end();
}

ApiResult<void> GithubClient::add_label(const GithubScope& scope, std::int64_t id,
                                        const std::string& label) {
  return change("POST", runner_path(scope, id) + "/labels",
                nlohmann::json{{"labels", nlohmann::json::array({label})}}.dump(),
                [&] { return has_label(scope, id, label); });
}

ApiResult<void> GithubClient::take_label(const GithubScope& scope, std::int64_t id,
                                         const std::string& label) {
  const auto gone = [&]() -> ApiResult<bool> {
    const auto has = has_label(scope, id, label);
    if (!has) return tl::unexpected(has.error());
    return !*has;
  };
  auto taken =
      change("DELETE", runner_path(scope, id) + "/labels/" + encoded(label), std::nullopt, gone);
  if (taken || taken.error().fault != ApiFault::NotFound) return taken;
  const auto was_gone = gone();
  if (!was_gone) return tl::unexpected(was_gone.error());
  if (!*was_gone) return taken;
  return {};
}

ApiResult<GithubRunnerToken> GithubClient::registration_token(const GithubScope& scope) {
  const std::string path = scope.path() + "/actions/runners/registration-token";
  // One that was made and not received does nothing, and ends in an hour.
  auto reply = api_.send("POST", path);
  if (!reply && reply.error().may_be_done) reply = api_.send("POST", path);
  if (!reply) return tl::unexpected(explained(reply.error()));
  const nlohmann::json body = nlohmann::json::parse(reply->body, nullptr, false);
  if (!body.is_object() || text(body, "token").empty()) return tl::unexpected(unlike("no token"));
  return GithubRunnerToken{Secret(text(body, "token")), text(body, "expires_at")};
}

ApiResult<GithubJitRunner> GithubClient::register_for_one_job(
    const GithubScope& scope, const std::string& name, std::int64_t group,
    const std::vector<std::string>& labels, const std::string& work_folder) {
  const nlohmann::json wanted{
      {"name", name}, {"runner_group_id", group}, {"labels", labels}, {"work_folder", work_folder}};
  const auto reply =
      api_.send("POST", scope.path() + "/actions/runners/generate-jitconfig", wanted.dump());
  if (!reply) {
    ApiError error = explained(reply.error());
    if (error.may_be_done) {
      const auto left = find(scope, name);
      if (left && *left) {
        error.hint = "the runner " + printable(name) + " was registered (id " +
                     std::to_string((*left)->id) +
                     "), but its configuration is lost: remove it and register another";
      }
      error.may_be_done = !left || left->has_value();
    }
    return tl::unexpected(std::move(error));
  }
  const nlohmann::json body = nlohmann::json::parse(reply->body, nullptr, false);
  if (!body.is_object() || !body.contains("runner") || text(body, "encoded_jit_config").empty())
    return tl::unexpected(unlike("no configuration"));
  const auto runner = runner_of(body["runner"]);
  if (!runner) return tl::unexpected(unlike("a runner without id or name"));
  return GithubJitRunner{*runner, Secret(text(body, "encoded_jit_config"))};
}

ApiResult<std::vector<GithubGroup>> GithubClient::groups(const GithubScope& scope) {
  std::vector<GithubGroup> all;
  if (scope.kind == GithubScope::Kind::Repository) return all;
  const auto pages = api_.pages(scope.path() + "/actions/runner-groups?" + kMostPerPage);
  if (!pages) return tl::unexpected(explained(pages.error()));
  const auto found = rows(*pages, "runner_groups");
  if (!found) return tl::unexpected(found.error());
  for (const nlohmann::json& row : *found) {
    if (!whole(row, "id")) return tl::unexpected(unlike("a group without an id"));
    all.push_back({*whole(row, "id"), text(row, "name"), truth(row, "default")});
  }
  return all;
}

ApiResult<void> GithubClient::move_to_group(const GithubScope& scope, std::int64_t id,
                                            std::int64_t group) {
  const std::string path = scope.path() + "/actions/runner-groups/" + std::to_string(group) +
                           "/runners/" + std::to_string(id);
  return change("PUT", path, std::nullopt, [&]() -> ApiResult<bool> {
    const auto found = find(scope, id);
    if (!found) return tl::unexpected(found.error());
    return found->has_value() && (*found)->group == group;
  });
}

}  // namespace holdfast
