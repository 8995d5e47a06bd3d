#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "resources/github/client.h"

namespace holdfast {

/// What GitHub is asked and told of one runner, as texts of the service "github".
class GithubRunnerActs {
 public:
  GithubRunnerActs(GithubScope scope, std::string name)
      : scope_(std::move(scope)), name_(std::move(name)) {}

  /// Answered by {id, online, busy, labels, group, token_expires}; null: there is none of that
  /// name.
  std::string question() const;
  /// The name is to be ours: one of that name that is offline is removed, one that is online is
  /// somebody else's, and an error.
  std::string claim() const;
  std::string remove() const;
  /// @param are  Its labels before; others are an error.
  std::string set_labels(const std::vector<std::string>& labels,
                         const std::vector<std::string>& are) const;
  std::string move_to_group(const std::string& group) const;
  /// Returns once it has had no job for `quiet`, which begins anew with each; after `most` it is an
  /// error, or well all the same.
  std::string wait_idle(std::chrono::milliseconds quiet, std::chrono::milliseconds most,
                        bool busy_is_well) const;
  std::string wait_online() const;
  /// Issued by the service: a token for config.sh.
  std::string registration() const;

 private:
  GithubScope scope_;
  std::string name_;
};

}  // namespace holdfast
