#pragma once

#include <memory>
#include <optional>

#include "engine/history/entries.h"
#include "engine/history/place.h"

namespace holdfast {

/// What a controller, or several, remember of their runs, plans and looks. The hosts' own records
/// are the truth; this is what can be asked without them, and what vouches for their chains.
class History {
 public:
  /// @errors HF8001, HF8002. nullptr: nowhere, or nothing to read yet.
  static Result<std::unique_ptr<History>> open(const HistoryPlace& place, Access access);

  /// Writes all of it, or nothing.
  /// @return hosts whose chain contradicts what is known of it, each with a line that says how.
  Result<std::vector<std::string>> record(Entries entries);
  /// Newest first; hosts of one run together, by name.
  Result<std::vector<RunEntry>> runs(const HistoryFilter& filter);
  /// The plan whose digest begins so. @errors HF8004 none, or several.
  Result<PlanEntry> plan(const std::string& digest);
  /// Newest first.
  Result<std::vector<DriftEntry>> drift(const HistoryFilter& filter);
  /// What servers have of the hosts of a project's environment, by host.
  Result<std::vector<OnServersEntry>> on_servers(const std::string& project,
                                                 const std::string& environment);
  /// All that is known of a machine's chain.
  Result<std::vector<Anchor>> anchors(const std::string& machine);
  /// Forgets what was known of a machine's chain, and begins anew with what it shows now.
  Result<void> accept(const AnchorEntry& anchor);

 private:
  explicit History(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  using Row = Database::Row;

  Result<std::vector<std::string>> write(Entries& entries);
  Result<void> put_plans(const std::vector<PlanEntry>& plans);
  Result<void> put_runs(const std::vector<RunEntry>& runs);
  Result<void> put_ends(const std::vector<LaterEnd>& ends);
  Result<void> put_drift(const std::vector<DriftEntry>& drift);
  Result<void> put_anchors(const std::vector<AnchorEntry>& anchors);
  Result<void> put_on_servers(const std::vector<OnServersEntry>& entries);
  Result<std::vector<std::string>> contradictions(const std::vector<AnchorEntry>& anchors);

  std::unique_ptr<Database> database_;
};

}  // namespace holdfast
