#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "resources/github/scope.h"
#include "resources/route/gate.h"

namespace holdfast {

/// A runner that may get a route's label.
struct RouteCandidate {
  std::string runner;
  std::vector<std::string> labels{};
  bool authorized = false;
  std::vector<GateQuestion> gate{}, recovery{};
};

/// What a `runner_route` states.
struct RouteWish {
  std::string label, url, prometheus;
  std::vector<RouteCandidate> candidates{};
  std::chrono::milliseconds back_after{0};
  Server server{};
  GithubScope scope{};

  ServerQuery runners() const;
  /// nullopt: nothing is asked before this candidate gets it.
  std::optional<ServerQuery> gate_of(std::size_t candidate) const;
};

RouteWish route_wish(const Resource& resource);

/// A candidate, as GitHub and its gate see it.
struct RouteView {
  std::string runner;
  bool fit = false, idle = false, holds = false;
  bool recovered = false;  ///< Fit for long enough to get the label back.
  std::string why{}, why_not_recovered{};
  std::vector<std::string> reaches{};  ///< Other runners online that have all its labels.
};

struct RouteSeen {
  std::optional<std::string> unknown{};  ///< Why nothing can be told.
  std::vector<RouteView> candidates{};   ///< In order of preference.
  std::vector<std::string> holders{};    ///< All runners that have the label, candidates or not.
};

RouteSeen route_seen(const RouteWish& wish, const Answers& answers);

/// Who is to have the label.
struct RouteChoice {
  std::optional<std::size_t> to{};  ///< Index of a candidate; none: nobody.
  bool fit = false;                 ///< False: no candidate is, and it stays where it is.
};

/// Who has it keeps it while fit, until one before it in order has recovered; else the first that
/// is fit gets it.
RouteChoice choose_runner(const RouteSeen& seen);

/// Why each that isn't fit isn't: "one: GitHub calls it offline".
std::vector<std::string> unfit_reasons(const RouteSeen& seen);

}  // namespace holdfast
