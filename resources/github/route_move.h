#pragma once

#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"
#include "resources/github/client.h"

namespace holdfast {

/// One route's label goes from those runners that have it to others; both ends are named, so that
/// it can be taken back, and done again wherever it was cut off.
struct RouteMove {
  std::string label;
  std::vector<std::string> from{}, to{};  ///< Runners, by name.
  /// Labels that those who get it must have: one that is drained has none.
  std::vector<std::string> beside{};
  bool online = false;  ///< Who gets it must be.
};

/// What is asked and told of a scope's runners, as texts of the service "github".
std::string github_runners_question(const GithubScope& scope);
std::string route_move_act(const GithubScope& scope, const RouteMove& move);
/// @errors HF6101 it isn't one.
Result<RouteMove> read_route_move(const std::string& act);

/// A list of {name, online, busy, labels, fixed}; `fixed` are GitHub's own.
Result<Value> list_runners(GithubClient& github, const GithubScope& scope);

/// Takes the label off before anybody gets it: never do two have it by this.
/// @errors HF5018 somebody has it who had not, or one who is to get it isn't as it must be.
Result<void> move_route(GithubClient& github, const GithubScope& scope, const RouteMove& move);

/// "nobody", "one, two".
std::string runners_text(const std::vector<std::string>& names);

}  // namespace holdfast
