#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "resources/github/client.h"

namespace holdfast {

/// What becomes of labels that routes put on a runner: they stay, but where this says otherwise.
struct RouteLabels {
  bool off = false;                 ///< They are taken off.
  std::vector<std::string> back{};  ///< Given again, each unless another runner has got it.
};

/// What GitHub is asked and told of one runner, as texts of the service "github".
class GithubRunnerActs {
 public:
  /// @param one_job  It is registered for a single job: where GitHub knows none of its name any
  ///                 more, it has done it, and nothing is left to be done or waited for.
  GithubRunnerActs(GithubScope scope, std::string name, bool one_job = false)
      : scope_(std::move(scope)), name_(std::move(name)), one_job_(one_job) {}

  /// Answered by {id, online, busy, labels, group, token_expires}. Without an id, or null: there is
  /// none of that name.
  std::string question() const;
  /// The name is to be ours: one of that name that is offline is removed, one that is online is
  /// somebody else's, and an error.
  std::string claim() const;
  std::string remove() const;
  /// Its own labels. @param are  Those before; others are an error.
  std::string set_labels(const std::vector<std::string>& labels,
                         const std::vector<std::string>& are, const RouteLabels& routes = {}) const;
  std::string move_to_group(const std::string& group) const;
  /// Returns once it has had no job for `quiet`, which begins anew with each; after `most` it is an
  /// error, or well all the same.
  std::string wait_idle(std::chrono::milliseconds quiet, std::chrono::milliseconds most,
                        bool busy_is_well) const;
  std::string wait_online() const;
  /// Issued by the service: a token for config.sh.
  std::string registration() const;
  /// Issued by the service, which registers it for one job: its configuration, for run.sh.
  /// @param group  "": the default one.
  std::string for_one_job(const std::vector<std::string>& labels, const std::string& group,
                          const std::string& work) const;

 private:
  GithubScope scope_;
  std::string name_;
  bool one_job_;
};

}  // namespace holdfast
