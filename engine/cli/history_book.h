#pragma once

#include <memory>
#include <optional>

#include "engine/cli/session.h"
#include "engine/history/history.h"

namespace holdfast {

/// Where this run's history is: by --history, by a holdfast.yaml that is trusted, else the default.
/// @errors HF8003.
Result<HistoryPlace> history_place(const Session& session);

/// What a command writes into the history. It is opened where there is something to write, and no
/// sooner; what can't be written is warned of, once, and stops nothing but what requires it.
class HistoryBook {
 public:
  HistoryBook(const Session& session, const RunMeta& meta) : session_(session), meta_(meta) {}

  /// What a plan found, and the plan itself where there is something to do.
  void look(const Plan& plan);
  /// Before the first change. False: the history is required, and can't be written.
  bool begin(const Plan& plan);
  /// How it went. False: the history is required, and does not know.
  /// @param plan  That was carried out; nullptr: none that makes or removes anything on servers.
  bool end(const Outcome& outcome, const Plan* plan = nullptr);
  void add(Entries entries) const;

 private:
  bool required() const;
  Doer doer() const;
  AnchorEntry anchor(const std::string& machine, const std::string& host,
                     const ChainHead& head) const;
  void add_look(const Plan& plan, Entries& entries) const;
  RunEntry run_entry(const std::string& host) const;
  RunEntry run_entry(const HostOutcome& host) const;
  Result<void> write(Entries entries, Access access) const;
  void warn(Error error) const;

  const Session& session_;
  const RunMeta& meta_;
};

/// The digest that a plan is known by: that of what `plan --json` prints.
std::string plan_digest(const Plan& plan, const Registry& registry);

}  // namespace holdfast
