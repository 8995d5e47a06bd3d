#pragma once

#include <optional>
#include <string>

#include "resources/github/client.h"

namespace holdfast {

/// What a runner's URL names: a repository, an organization or an enterprise on a server.
struct GithubPlace {
  GithubScope scope;
  std::string api;  ///< Of that server's REST API.
};

/// "https://github.com/octo/hello", "https://github.com/octo", "https://HOST/enterprises/mega".
/// nullopt: it is none of these.
std::optional<GithubPlace> github_place(const std::string& url);

}  // namespace holdfast
