#pragma once

#include <optional>
#include <string>

#include "engine/core/server.h"
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

std::string without_slash(std::string url);
/// What a runner says that it is registered at: as `url` states it, where both name one place.
std::string as_stated(const std::string& found, const std::string& url);

/// Where GitHub is asked, and by what right, as `api` and `token` state it for a place.
/// @param of  Whose token it is, for people.
Server github_server(const ValueMap& stated_by, const std::optional<GithubPlace>& place,
                     const std::string& of);

}  // namespace holdfast
