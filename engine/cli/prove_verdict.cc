#include "engine/cli/prove_verdict.h"

#include <algorithm>

#include "engine/cli/output.h"
#include "engine/cli/prove_tests.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string names(const std::set<std::string>& all) {
  return printable(join({all.begin(), all.end()}, ", "));
}

/// Why an alert that was driven is told to nobody whom it should be; nullopt where it is.
std::optional<Error> wrong(const Awaited& one) {
  const auto silent = [&](const std::string& why, const std::string& hint) {
    return Error{.code = Code::AlertSilent,
                 .message = "alert '" + printable(one.alert->name) + "' " + why,
                 .where = one.alert->place(),
                 .hint = hint};
  };
  const std::string driven = " while " + series_text(one.made.series);
  if (!one.pending) {
    return silent("is silent: the running server raises it not" + driven,
                  "does the server work with these rules? `holdfast drift` tells");
  }
  if (!one.firing)
    return silent("is pending, and doesn't fire in time" + driven,
                  "is its `for` what it should be?");
  if (!one.arrived)
    return silent("fires, and never gets to Alertmanager",
                  "`alerting:` of Prometheus' configuration; its log");
  if (one.silenced)
    return silent("gets to Alertmanager, which tells nobody of it: it is silenced or inhibited",
                  "amtool silence query");
  const bool right = one.declared.empty() ||
                     std::any_of(one.declared.begin(), one.declared.end(),
                                 [&](const auto& name) { return one.receivers.count(name) > 0; });
  if (right) return std::nullopt;
  return silent("goes to " + names(one.receivers) + ", not to " + names(one.declared),
                "another route of Alertmanager's configuration takes it first");
}

/// Without amtool nothing is known, and so nothing is wrong.
constexpr const char* kAskRoutes =
    "want=$1 config=$2; shift 2; command -v amtool >/dev/null || { printf %s \"$want\"; exit 0; }; "
    "exec amtool config routes test --config.file=\"$config\" \"$@\"";

}  // namespace

std::optional<RouteQuestion> route_question(const Alert& alert, const Wiring& wiring) {
  std::map<std::string, std::string> labels{{"alertname", alert.name}};
  for (const auto& [name, value] : alert.labels) {
    if (value) labels[name] = *value;
  }
  for (const Route& route : wiring.ends.routes) {
    if (!takes(route, labels)) continue;
    Argv argv{"sh", "-c", kAskRoutes, "sh", route.receiver, route.config};
    for (const auto& [name, value] : labels) argv.emplace_back(name).append("=").append(value);
    return RouteQuestion{
        route.host,
        route.receiver,
        {.ask = Probe::Command{.argv = std::move(argv), .status = 0, .output = route.receiver}}};
  }
  return std::nullopt;
}

void tell_verdict(const AlertWatch& watch, Diagnostics& diagnostics) {
  for (const Awaited& one : watch.awaited()) {
    if (auto error = wrong(one)) {
      diagnostics.error(std::move(*error));
      continue;
    }
    say("alert " + printable(one.alert->name) + "  " + one.alert->place().text() +
        "\n  fired, and went to " + names(one.receivers) + " after " +
        duration_text(static_cast<int>(one.took.count())) + "\n");
  }
  for (const StoppedUnit& one : watch.stopped()) {
    const std::string unit = printable(one.unit) + " on " + printable(one.host);
    if (one.alerts.empty()) {
      diagnostics.error({.code = Code::AlertSilent,
                         .message = "no alert tells that " + unit + " is down",
                         .hint = "which rule is to tell it, and is its `for` within --within?"});
      continue;
    }
    say(unit + " was down\n  alert " + names(one.alerts) + " fired, and went to " +
        names(one.receivers) + " after " + duration_text(static_cast<int>(one.took.count())) +
        "\n");
  }
}

}  // namespace holdfast
