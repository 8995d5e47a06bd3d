#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "resources/github/runner_acts.h"
#include "resources/github/scope.h"

namespace holdfast {

/// What a `github_runner` states, as its steps need it.
struct RunnerWish {
  std::string name, url, directory, user, version, sha256, archive, work, group, proxy;
  std::vector<std::string> labels;  ///< As they were written, without GitHub's own.
  bool labels_stated = false, default_labels = true, ephemeral = false, disable_update = false;
  bool one_job = false;  ///< `mode: jit`.
  bool pinned = false;
  std::chrono::milliseconds drain_timeout{}, idle_for{}, token_warning{};
  bool stop_when_busy = false;
  Server server{};
  GithubScope scope{};

  GithubRunnerActs acts() const { return {scope, name, one_job || ephemeral}; }
  /// For a registration by the API, which adds none by itself.
  std::vector<std::string> all_labels() const;
  /// The unit that GitHub's own script makes, or ours for one job. "": a long name gets a random
  /// number, which the host alone knows.
  std::string unit() const;
};

/// The unit of a runner that is registered for one job; and the name of such a unit's runner, ""
/// of another unit.
std::string one_job_unit(const std::string& name);
std::string name_of_one_job_unit(const std::string& unit);

RunnerWish runner_wish(const Resource& resource);

/// Whether both are one runner's name to GitHub.
bool same_runner_name(const std::string& a, const std::string& b);

/// Under what the runner that is there is known to GitHub.
struct RunnerSeen {
  std::string name, url;
  bool one_job = false;
};
/// Whether it is the one that is wished for.
bool is_wished(const RunnerSeen& seen, const RunnerWish& wish);
/// Who GitHub is asked about and told of while the runner that is there is another one than is
/// wished for, by name or scope. nullopt: it is the one, or it is known to a server that isn't
/// asked.
std::optional<GithubRunnerActs> former_acts(const Resource& resource, const RunnerSeen& seen);

/// Our drop-in for its service.
std::string runner_settings(const Resource& resource);

/// The text of its `.env`; null: nothing of it is stated. Secret where a value is.
Value runner_environment(const Resource& resource);

/// Whether version `a` is newer than `b`, number by number.
bool newer_version(const std::string& a, const std::string& b);

}  // namespace holdfast
