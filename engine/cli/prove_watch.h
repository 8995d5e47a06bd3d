#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/api/http.h"
#include "engine/cli/prove_servers.h"
#include "engine/wiring/stage.h"

namespace holdfast {

/// An alert that is to fire on a running server, and how far it got.
struct Awaited {
  const Alert* alert = nullptr;
  std::string mark{};  ///< "": it has none, as it reads no series.
  ProofTry made{};

  bool pending = false, firing = false, arrived = false;
  bool silenced = false;  ///< Alertmanager has it, and tells nobody: a silence, an inhibition.
  std::set<std::string> receivers{};
  std::set<std::string> declared{};  ///< Receivers of the manifests' routes that take it.
  std::chrono::seconds took{0};      ///< Until it was at Alertmanager.
};

/// A unit that is stopped, and the alerts that say so.
struct StoppedUnit {
  std::string host{}, unit{}, address{};
  std::set<std::string> alerts{};  ///< Their names.
  std::set<std::string> receivers{};
  std::chrono::seconds took{0};
};

/// Looks for alerts on a running Prometheus and the Alertmanagers that it tells, over the host's
/// own connection.
class AlertWatch {
 public:
  AlertWatch(std::unique_ptr<HttpTransport> http, std::string server, const Wiring& wiring,
             std::vector<Awaited> awaited, std::vector<StoppedUnit> stopped,
             const std::atomic<int>& interrupts);

  /// What is so before anything is changed.
  /// @errors HF3120 the server tells no Alertmanager, or hasn't the rules.
  Result<void> begin();
  /// Looks once. @return whether all is seen.
  Result<bool> look(std::chrono::seconds elapsed);
  /// Whether somebody was told since `begin`; nullopt where nobody was yet. An error: it failed.
  Result<bool> told();
  /// Whether no alert of the proof is left at any Alertmanager.
  Result<bool> gone();

  const std::vector<Awaited>& awaited() const { return awaited_; }
  const std::vector<StoppedUnit>& stopped() const { return stopped_; }
  /// How long the server may take beyond what the rules say, by what it says of itself.
  std::chrono::seconds slack() const;
  /// How long receivers wait for more of a group, at most.
  std::chrono::seconds group_wait() const;

 private:
  void see(Awaited& awaited, const SeenAlert& seen, std::chrono::seconds elapsed) const;
  void see(StoppedUnit& stopped, const SeenAlert& seen, std::chrono::seconds elapsed) const;
  bool marked(const SeenAlert& seen) const;
  bool settled() const;

  std::unique_ptr<HttpTransport> http_;
  std::string server_;
  const Wiring& wiring_;
  std::vector<Awaited> awaited_;
  std::vector<StoppedUnit> stopped_;
  const std::atomic<int>& interrupts_;
  GetText get_;
  std::vector<std::string> alertmanagers_{};
  std::set<std::map<std::string, std::string>> before_{};  ///< Alerts by their labels.
  Notifications told_before_{};
  std::chrono::seconds slack_{0};
};

}  // namespace holdfast
