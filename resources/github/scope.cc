#include "resources/github/scope.h"

#include "engine/core/text.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

bool plain(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return false;
  for (const char c : name) {
    const bool known = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '.' || c == '_';
    if (!known) return false;
  }
  return true;
}

}  // namespace

std::optional<GithubPlace> github_place(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(url).substr(scheme + 3);
  while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  const std::vector<std::string_view> parts = split(rest, '/');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty()) return std::nullopt;
  GithubPlace out;
  if (!plain(parts[1]) || (parts.size() == 3 && !plain(parts[2]))) return std::nullopt;
  if (parts.size() == 2) {
    out.scope = {GithubScope::Kind::Organization, std::string(parts[1])};
  } else if (parts[1] == "enterprises") {
    out.scope = {GithubScope::Kind::Enterprise, std::string(parts[2])};
  } else {
    out.scope = {GithubScope::Kind::Repository,
                 std::string(parts[1]) + "/" + std::string(parts[2])};
  }
  const std::string server = url.substr(0, scheme + 3) + std::string(parts[0]);
  out.api = to_lower(parts[0]) == "github.com" ? "https://api.github.com" : server + "/api/v3";
  return out;
}

std::string without_slash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

std::string as_stated(const std::string& found, const std::string& url) {
  // GitHub's names of servers, owners and repositories are the same in either case.
  return to_lower(without_slash(found)) == to_lower(without_slash(url)) ? url : found;
}

Server github_server(const ValueMap& stated_by, const std::optional<GithubPlace>& place,
                     const std::string& of) {
  Server out{.service = "github",
             .address = without_slash(stated_text(stated_by, "api", place ? place->api : "")),
             .credential_name = "the token of " + of};
  const Value* token = stated(stated_by, "token");
  if (token != nullptr && token->is_secret()) out.credential = token->as_secret();
  return out;
}

}  // namespace holdfast
