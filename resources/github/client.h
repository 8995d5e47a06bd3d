#pragma once

#include "engine/api/api.h"

namespace holdfast {

/// Whose runners they are.
struct GithubScope {
  enum class Kind { Repository, Organization, Enterprise };
  Kind kind = Kind::Repository;
  std::string name;  ///< "owner/repository", or the name of the organization or the enterprise.

  /// "/repos/o/r", "/orgs/o", "/enterprises/e": of the REST API.
  std::string path() const;
};

struct GithubLabel {
  std::string name;
  bool read_only = false;
};

struct GithubRunner {
  std::int64_t id = 0;
  std::string name;
  bool online = false;
  bool busy = false;
  bool ephemeral = false;
  std::vector<GithubLabel> labels;
  std::optional<std::int64_t> group;   ///< Not said of a repository's by every server.
  std::optional<std::string> version;  ///< Once it was connected.

  /// Without those that GitHub sets, sorted, in lower case: labels know no case.
  std::vector<std::string> custom_labels() const;
};

struct GithubGroup {
  std::int64_t id = 0;
  std::string name;
  bool is_default = false;
};

/// A token for config.sh; good for an hour.
struct GithubRunnerToken {
  Secret token;
  std::string expires_at;
};

/// A runner for one job, registered already.
struct GithubJitRunner {
  GithubRunner runner;
  Secret configuration;  ///< For run.sh --jitconfig.
};

/// In lower case, sorted, each once: labels know no case.
std::vector<std::string> normal_labels(std::vector<std::string> labels);

/// What a label begins with that moves between runners: it is its route's, and no runner's own.
inline constexpr std::string_view kRoutePrefix = "route-";
bool is_route_label(std::string_view label);
/// Those of normal labels that are a runner's own, or those that are routes'.
std::vector<std::string> labels_of(const std::vector<std::string>& labels, bool routes);

/// Self-hosted runners, as GitHub's REST API has them. Changes are asked for once; where nobody can
/// tell whether one was carried out, GitHub is read to find out.
class GithubClient {
 public:
  /// @param api  "https://api.github.com", or "https://HOST/api/v3" of GitHub Enterprise Server.
  GithubClient(std::string api, Secret token, ApiPatience patience,
               std::unique_ptr<HttpTransport> transport, ApiClock clock);

  ApiResult<std::vector<GithubRunner>> runners(const GithubScope& scope);
  /// nullopt: none has that name.
  ApiResult<std::optional<GithubRunner>> find(const GithubScope& scope, const std::string& name);
  ApiResult<std::optional<GithubRunner>> find(const GithubScope& scope, std::int64_t id);
  /// Also right where it is gone already. A busy one is refused.
  ApiResult<void> remove(const GithubScope& scope, std::int64_t id);
  /// Puts these in the place of its custom labels.
  ApiResult<void> set_labels(const GithubScope& scope, std::int64_t id,
                             const std::vector<std::string>& labels);
  /// One label, beside its others; also right where it has it already.
  ApiResult<void> add_label(const GithubScope& scope, std::int64_t id, const std::string& label);
  /// Also right where it hasn't it, or is gone.
  ApiResult<void> take_label(const GithubScope& scope, std::int64_t id, const std::string& label);
  ApiResult<GithubRunnerToken> registration_token(const GithubScope& scope);
  /// Where nobody knows whether it was registered, one of that name is left behind: the error says
  /// so.
  ApiResult<GithubJitRunner> register_for_one_job(const GithubScope& scope, const std::string& name,
                                                  std::int64_t group,
                                                  const std::vector<std::string>& labels,
                                                  const std::string& work_folder);
  /// Empty for a repository: it has none.
  ApiResult<std::vector<GithubGroup>> groups(const GithubScope& scope);
  ApiResult<void> move_to_group(const GithubScope& scope, std::int64_t id, std::int64_t group);

  /// When the token expires, seconds since 1970, as GitHub's last answer said; nullopt: it didn't.
  std::optional<std::int64_t> token_expires() const;

 private:
  ApiResult<bool> has_label(const GithubScope& scope, std::int64_t id, const std::string& label);
  /// A change; where its outcome is unknown, `done` reads whether it was carried out, and if not it
  /// is asked for once more.
  ApiResult<void> change(const std::string& method, const std::string& path,
                         const std::optional<std::string>& body,
                         const std::function<ApiResult<bool>()>& done);
  /// Adds what the token lacks to an error, as GitHub's headers say it.
  ApiError explained(ApiError error) const;

  ApiClient api_;
};

}  // namespace holdfast
