#include "engine/cli/prove_watch.h"

#include <algorithm>
#include <thread>

#include "engine/cli/prove_tests.h"
#include "engine/core/text.h"
#include "engine/transport/transport.h"

namespace holdfast {
namespace {

constexpr int kRounds = 4;  // Evaluations that it may take: rules of rules, the scrape before.
constexpr std::chrono::seconds kSettle{10};
constexpr std::chrono::seconds kFound{20};   // Until a server knows its Alertmanagers anew.
constexpr std::chrono::seconds kResent{75};  // What they missed is sent again after a minute.

std::string label(const SeenAlert& seen, const char* name) {
  const auto found = seen.labels.find(name);
  return found == seen.labels.end() ? "" : found->second;
}

bool is_of(const SeenAlert& seen, const Awaited& awaited) {
  if (label(seen, "alertname") != awaited.alert->name) return false;
  return awaited.mark.empty() || shows_mark(seen.labels, awaited.mark);
}

Result<std::string> body_of(const HttpOutcome& outcome, const std::string& url) {
  if (const auto* broken = std::get_if<HttpBroken>(&outcome)) {
    return fail(Code::CheckFailed,
                "no answer from " + printable(url) + ": " + printable(broken->why));
  }
  const auto& reply = std::get<HttpReply>(outcome);
  if (reply.status == 200) return reply.body;
  return fail(Code::CheckFailed, printable(url) + " answers " + std::to_string(reply.status) +
                                     ": " + printable(reply.body.substr(0, 200)));
}

}  // namespace

AlertWatch::AlertWatch(std::unique_ptr<HttpTransport> http, std::string server,
                       const Wiring& wiring, std::vector<Awaited> awaited,
                       std::vector<StoppedUnit> stopped, const std::atomic<int>& interrupts)
    : http_(std::move(http)),
      server_(std::move(server)),
      wiring_(wiring),
      awaited_(std::move(awaited)),
      stopped_(std::move(stopped)),
      interrupts_(interrupts) {
  get_ = [this](const std::string& url) -> Result<std::string> {
    const auto go_on = [this] { return interrupts_.load() == 0; };
    return body_of(http_->exchange({.url = url}, go_on), url);
  };
}

Result<void> AlertWatch::begin() {
  // A server that has just been reloaded looks for them anew.
  for (const auto end = Clock::now() + kFound; alertmanagers_.empty();) {
    HF_TRY(alertmanagers_, alertmanagers_of(get_, server_));
    if (!alertmanagers_.empty() || Clock::now() > end || interrupts_.load() > 0) break;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  if (alertmanagers_.empty()) {
    return fail(Code::AlertSilent,
                "Prometheus at " + printable(server_) +
                    " tells no Alertmanager, so nobody hears of any alert",
                "`alerting:` of its configuration names them");
  }
  HF_TRY(const auto rules, rules_of(get_, server_));
  double slowest = 0;
  for (const Awaited& one : awaited_) {
    const auto rule = rules.find(one.alert->name);
    if (rule == rules.end()) {
      return fail({.code = Code::AlertSilent,
                   .message = "Prometheus at " + printable(server_) + " has no alert '" +
                              printable(one.alert->name) + "'",
                   .where = one.alert->place(),
                   .hint = "apply the manifests first"});
    }
    slowest = std::max(slowest, rule->second);
  }
  for (const auto& [name, interval] : rules)
    slowest = std::max(slowest, stopped_.empty() ? 0 : interval);
  slack_ = std::chrono::seconds(kRounds * static_cast<int>(slowest + 1)) + kSettle;
  for (const std::string& server : alertmanagers_) {
    HF_TRY(const auto alerts, alerts_of_alertmanager(get_, server));
    for (const SeenAlert& seen : alerts) before_.insert(seen.labels);
    HF_TRY(const Notifications told, notifications_of(get_, server));
    told_before_.sent += told.sent;
    told_before_.failed += told.failed;
  }
  return {};
}

Result<bool> AlertWatch::look(std::chrono::seconds elapsed) {
  HF_TRY(const auto raised, alerts_of_prometheus(get_, server_));
  for (Awaited& awaited : awaited_) {
    for (const SeenAlert& seen : raised) {
      if (!is_of(seen, awaited)) continue;
      awaited.pending = true;
      awaited.firing = awaited.firing || seen.state == "firing";
    }
  }
  for (const std::string& server : alertmanagers_) {
    HF_TRY(const auto alerts, alerts_of_alertmanager(get_, server));
    for (const SeenAlert& seen : alerts) {
      for (Awaited& awaited : awaited_) see(awaited, seen, elapsed);
      for (StoppedUnit& stopped : stopped_) see(stopped, seen, elapsed);
    }
  }
  return settled();
}

std::chrono::seconds AlertWatch::slack() const {
  const bool missed = std::any_of(awaited_.begin(), awaited_.end(),
                                  [](const Awaited& one) { return one.firing && !one.arrived; });
  return missed ? slack_ + kResent : slack_;
}

bool AlertWatch::settled() const {
  return std::all_of(awaited_.begin(), awaited_.end(),
                     [](const Awaited& one) { return one.arrived; }) &&
         std::all_of(stopped_.begin(), stopped_.end(),
                     [](const StoppedUnit& one) { return !one.alerts.empty(); });
}

void AlertWatch::see(Awaited& awaited, const SeenAlert& seen, std::chrono::seconds elapsed) const {
  if (!is_of(seen, awaited)) return;
  if (!awaited.arrived) awaited.took = elapsed;
  awaited.pending = awaited.firing = awaited.arrived = true;
  awaited.silenced = awaited.silenced || seen.state == "suppressed";
  awaited.receivers.insert(seen.receivers.begin(), seen.receivers.end());
  for (const Route& route : wiring_.ends.routes) {
    if (takes(route, seen.labels)) awaited.declared.insert(route.receiver);
  }
}

/// A new alert that isn't of the proof and that speaks of the host.
void AlertWatch::see(StoppedUnit& stopped, const SeenAlert& seen,
                     std::chrono::seconds elapsed) const {
  if (marked(seen) || before_.count(seen.labels) > 0) return;
  const bool of_host = std::any_of(seen.labels.begin(), seen.labels.end(), [&](const auto& one) {
    const std::string& value = one.second;
    const auto names = [&](const std::string& name) {
      return !name.empty() && (value == name || starts_with(value, name + ":"));
    };
    return names(stopped.host) || names(stopped.address) || value == stopped.unit;
  });
  if (!of_host && stopped_.size() > 1) return;
  if (stopped.alerts.empty()) stopped.took = elapsed;
  stopped.alerts.insert(label(seen, "alertname"));
  stopped.receivers.insert(seen.receivers.begin(), seen.receivers.end());
}

bool AlertWatch::marked(const SeenAlert& seen) const {
  return std::any_of(awaited_.begin(), awaited_.end(), [&](const Awaited& one) {
    return !one.mark.empty() && shows_mark(seen.labels, one.mark);
  });
}

Result<bool> AlertWatch::told() {
  Notifications now;
  for (const std::string& server : alertmanagers_) {
    HF_TRY(const Notifications one, notifications_of(get_, server));
    now.sent += one.sent;
    now.failed += one.failed;
  }
  const double failed = now.failed - told_before_.failed;
  if (now.sent - told_before_.sent - failed > 0) return true;
  if (failed <= 0) return false;
  return fail(
      Code::AlertSilent,
      "Alertmanager could not tell the receiver: " + number_text(failed) + " notifications failed",
      "its log says why");
}

Result<bool> AlertWatch::gone() {
  for (const std::string& server : alertmanagers_) {
    HF_TRY(const auto alerts, alerts_of_alertmanager(get_, server));
    if (std::any_of(alerts.begin(), alerts.end(), [&](const auto& one) { return marked(one); })) {
      return false;
    }
  }
  return true;
}

std::chrono::seconds AlertWatch::group_wait() const {
  constexpr double kUsual = 30;
  double out = wiring_.ends.routes.empty() ? kUsual : 0;
  for (const Route& route : wiring_.ends.routes) out = std::max(out, route.wait);
  return std::chrono::seconds(static_cast<int>(out));
}

}  // namespace holdfast
