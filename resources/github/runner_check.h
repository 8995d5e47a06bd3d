#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "resources/github/client.h"

namespace holdfast {

/// What a check wants of a runner at GitHub, beside that it is known there.
struct GithubRunnerCheck {
  bool online = true;
  std::optional<bool> idle{};
  std::vector<std::string> labels{};  ///< It has these, and perhaps others.
  /// For so long GitHub must still take the token that asks.
  std::optional<std::chrono::seconds> token_holds{};
};

/// As a text of the service "github".
std::string github_check_text(const GithubScope& scope, const std::string& runner,
                              const GithubRunnerCheck& check);
/// Of such a text's own part.
GithubRunnerCheck read_github_check(std::string_view text);

/// @param expires  When the token does, seconds since 1970, as far as GitHub says.
/// @return what was found, for people. @errors HF6006.
Result<std::string> judge_github_runner(const GithubScope& scope, const std::string& name,
                                        const std::optional<GithubRunner>& seen,
                                        const GithubRunnerCheck& check,
                                        std::optional<std::int64_t> expires, std::int64_t now);

}  // namespace holdfast
