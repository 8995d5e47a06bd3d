#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "resources/github/client.h"

namespace holdfast {

/// What every text of the service "github" begins with. @param runner  "": it is of no single one.
nlohmann::ordered_json github_order(const GithubScope& scope, const std::string& runner,
                                    const char* what);

}  // namespace holdfast
