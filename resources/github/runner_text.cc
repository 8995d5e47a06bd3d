#include "resources/github/runner_text.h"

#include <algorithm>

#include "engine/core/text.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

constexpr const char* kGithubsOwn[] = {"self-hosted", "Linux", "X64"};
constexpr std::string_view kOneJob = "actions.runner.jit.", kService = ".service";

bool is_githubs_own(const std::string& label) {
  return std::any_of(std::begin(kGithubsOwn), std::end(kGithubsOwn),
                     [&](const char* own) { return to_lower(own) == to_lower(label); });
}

/// "actions.runner.OWNER-REPOSITORY.NAME.service"; "" where it is shortened, or not known yet.
std::string usual_unit(const std::string& url, const std::string& name) {
  constexpr std::size_t kLongest = 80;
  const std::size_t server = url.find("://");
  const std::size_t path = server == std::string::npos ? server : url.find('/', server + 3);
  if (path == std::string::npos) return {};
  std::string scope = url.substr(path + 1);
  while (ends_with(scope, "/")) scope.pop_back();
  std::replace(scope.begin(), scope.end(), '/', '-');
  const std::string service = "actions.runner." + scope + "." + name;
  return service.size() + kService.size() > kLongest ? "" : service + std::string(kService);
}

std::int64_t number_at(const std::vector<std::string_view>& parts, std::size_t i) {
  std::int64_t out = 0;
  if (i >= parts.size()) return out;
  for (const char c : parts[i].substr(0, 9)) {
    if (c < '0' || c > '9') break;
    out = out * 10 + (c - '0');
  }
  return out;
}

}  // namespace

std::vector<std::string> RunnerWish::all_labels() const {
  std::vector<std::string> out;
  if (default_labels) out.assign(std::begin(kGithubsOwn), std::end(kGithubsOwn));
  out.insert(out.end(), labels.begin(), labels.end());
  return out;
}

std::string RunnerWish::unit() const {
  return one_job ? one_job_unit(name) : usual_unit(url, name);
}

std::string one_job_unit(const std::string& name) {
  return std::string(kOneJob) + name + std::string(kService);
}

std::string name_of_one_job_unit(const std::string& unit) {
  if (!starts_with(unit, kOneJob) || !ends_with(unit, kService)) return {};
  return unit.substr(kOneJob.size(), unit.size() - kOneJob.size() - kService.size());
}

RunnerWish runner_wish(const Resource& resource) {
  const State& state = resource.desired;
  RunnerWish out;
  out.name = resource.name;
  out.url = without_slash(stated_text(state, "url"));
  out.directory = stated_text(state, "directory", "/opt/actions-runner");
  out.user = stated_text(state, "user", "actions-runner");
  out.version = stated_text(state, "version");
  out.sha256 = to_lower(stated_text(state, "sha256"));
  out.archive = stated_text(state, "archive");
  if (out.archive.empty()) {
    out.archive = "https://github.com/actions/runner/releases/download/v" + out.version +
                  "/actions-runner-linux-x64-" + out.version + ".tar.gz";
  }
  out.work = stated_text(state, "work", "_work");
  out.group = stated_text(state, "group");
  out.proxy = stated_text(state, "proxy");
  out.labels = stated_list(state, "labels");
  out.labels_stated = stated(state, "labels") != nullptr;
  out.default_labels = stated_bool(state, "default_labels", true);
  if (out.default_labels) {
    out.labels.erase(std::remove_if(out.labels.begin(), out.labels.end(), is_githubs_own),
                     out.labels.end());
  }
  out.ephemeral = stated_bool(state, "ephemeral", false);
  out.one_job = stated_text(state, "mode", "service") == "jit";
  out.pinned = stated_text(state, "update", "free") == "pinned";
  out.disable_update = stated_bool(state, "disable_update", out.pinned);
  out.drain_timeout = stated_duration(state, "drain_timeout", std::chrono::hours(1));
  out.idle_for = stated_duration(state, "idle_for", std::chrono::seconds(75));
  out.token_warning = stated_duration(state, "token_warning", std::chrono::hours(7 * 24));
  out.stop_when_busy = stated_text(state, "when_busy", "fail") == "stop";
  const auto place = github_place(out.url);
  if (place) out.scope = place->scope;
  out.server = github_server(state, place, resource.address());
  return out;
}

bool same_runner_name(const std::string& a, const std::string& b) {
  return to_lower(a) == to_lower(b);
}

bool is_wished(const RunnerSeen& seen, const RunnerWish& wish) {
  return same_runner_name(seen.name, wish.name) && as_stated(seen.url, wish.url) == wish.url;
}

std::optional<GithubRunnerActs> former_acts(const Resource& resource, const RunnerSeen& seen) {
  const RunnerWish wish = runner_wish(resource);
  const auto place = github_place(seen.url);
  if (is_wished(seen, wish) || !place) return std::nullopt;
  const Server server = github_server(resource.desired, place, resource.address());
  if (server.address != wish.server.address) return std::nullopt;
  return GithubRunnerActs(place->scope, seen.name, seen.one_job);
}

std::string runner_settings(const Resource& resource) {
  std::string out = "# Kept by holdfast.\n[Service]\n";
  // What was registered for one job can't be started twice.
  if (!runner_wish(resource).one_job) out += "Restart=on-failure\nRestartSec=10\n";
  if (stated_bool(resource.desired, "hardened", true)) {
    out +=
        "NoNewPrivileges=yes\nPrivateTmp=yes\nProtectSystem=full\nProtectKernelTunables=yes\n"
        "ProtectKernelModules=yes\nProtectKernelLogs=yes\nProtectControlGroups=yes\n"
        "ProtectClock=yes\nProtectHostname=yes\nRestrictSUIDSGID=yes\nLockPersonality=yes\n";
  }
  for (const auto& [name, value] : stated_pairs(resource.desired, "settings"))
    out.append(name).append("=").append(value).append("\n");
  return out;
}

Value runner_environment(const Resource& resource) {
  std::string out;
  bool any = false;
  const auto add = [&](const std::string& name, std::string_view value) {
    out.append(name).append("=").append(value).append("\n");
    any = true;
  };
  if (const std::string proxy = stated_text(resource.desired, "proxy"); !proxy.empty()) {
    add("http_proxy", proxy);
    add("https_proxy", proxy);
  }
  for (const auto& [attribute, name] :
       {std::pair("job_started", "ACTIONS_RUNNER_HOOK_JOB_STARTED"),
        std::pair("job_completed", "ACTIONS_RUNNER_HOOK_JOB_COMPLETED")}) {
    const std::string path = stated_text(resource.desired, attribute);
    if (!path.empty()) add(name, path);
  }
  const Value* environment = stated(resource.desired, "environment");
  if (environment != nullptr && environment->is_map()) {
    for (const auto& [name, value] : environment->as_map()) add(name, value.bytes());
    any = true;
  }
  if (!any) return {};
  const bool secret = environment != nullptr && environment->holds_secret();
  return secret ? Value(Secret(std::move(out))) : Value(std::move(out));
}

bool newer_version(const std::string& a, const std::string& b) {
  const auto left = split(a, '.'), right = split(b, '.');
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::int64_t x = number_at(left, i), y = number_at(right, i);
    if (x != y) return x > y;
  }
  return false;
}

}  // namespace holdfast
