#pragma once

#include "resources/github/client.h"

namespace holdfast {

/// What the stand-in for GitHub knows.
inline const GithubScope kRepository{GithubScope::Kind::Repository, "octo/hello"};
inline const GithubScope kOrganization{GithubScope::Kind::Organization, "octo"};
inline const GithubScope kEnterprise{GithubScope::Kind::Enterprise, "mega"};

}  // namespace holdfast
