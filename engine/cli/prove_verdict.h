#pragma once

#include "engine/cli/prove_watch.h"

namespace holdfast {

/// A question to the host of an alert's route.
struct RouteQuestion {
  std::string host, receiver;
  Probe probe;
};
/// Whether amtool finds that the configuration there sends the alert where the manifests' route
/// says; nullopt where no route takes it by what its rule says alone.
std::optional<RouteQuestion> route_question(const Alert& alert, const Wiring& wiring);

/// Says of each alert how far it got, and what is wrong with it.
void tell_verdict(const AlertWatch& watch, Diagnostics& diagnostics);

}  // namespace holdfast
