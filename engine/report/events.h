#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "engine/apply/apply.h"
#include "engine/report/progress.h"

namespace holdfast {

/// One JSON object a line while a run works (docs/json.md, Events): host_begins, act, note,
/// host_ends. The plan comes before them (plan_event), the outcome after (outcome_event).
class JsonEvents final : public Watcher {
 public:
  using Clock = std::function<std::string()>;
  /// @param plan  Outlives it.
  /// @param now   RFC 3339; the controller's clock by default.
  JsonEvents(const Plan& plan, Sink sink, Clock now = {});
  void host_begins(const std::string& host) override;
  void act(const std::string& host, std::size_t row, const std::string& what) override;
  void host_note(const std::string& host, const std::string& what) override;
  void host_ends(const HostOutcome& outcome) override;

 private:
  const Plan& plan_;
  const Sink sink_;
  const Clock now_;
  std::mutex mutex_;
};

}  // namespace holdfast
