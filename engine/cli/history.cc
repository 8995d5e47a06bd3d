#include "engine/history/history.h"

#include <charconv>

#include "engine/cli/ask_history.h"
#include "engine/cli/commands.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"
#include "engine/report/history_text.h"

namespace holdfast {
namespace {

Error usage(std::string message) {
  return {.code = Code::Usage,
          .message = std::move(message),
          .hint = "--since takes 12h, 7d, 8w, or a day: 2026-11-01"};
}

/// "7d" ago, or a day or time as it stands, as the history writes times.
Result<std::string> since_text(const std::string& text) {
  if (text.empty()) return text;
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, count);
  constexpr std::string_view kUnits = "smhdw";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86400, 604800};
  const auto at = unit + 1 == end ? kUnits.find(*unit) : std::string_view::npos;
  if (error == std::errc() && count >= 0 && count < 100000 && at != std::string_view::npos) {
    return time_text(unix_time() - count * kSeconds[at]);
  }
  const bool date = text.size() >= 4 &&
                    text.find_first_not_of("0123456789-T:Z") == std::string::npos &&
                    text.find_first_not_of("0123456789") != std::string::npos;
  if (!date || text[4] != '-') return fail(usage("'" + printable(text) + "' is no time"));
  return text;
}

class HistoryCommand {
 public:
  HistoryCommand(const Options& options, const Registry& registry)
      : options_(options), session_(options, registry) {}

  Result<std::string> answer() {
    Diagnostics diagnostics;
    if (!session_.load_project_only(diagnostics)) return fail(diagnostics.errors().front());
    HistoryFilter filter{.hosts = options_.only_hosts, .most = options_.most};
    HF_TRY(filter.since, since_text(options_.since));
    HF_TRY(history_, read_history(session_));
    if (options_.drift) return drift(filter);
    if (!options_.arguments.empty()) return one(options_.arguments[0], filter);
    std::vector<RunEntry> runs;
    if (history_) {
      HF_TRY(runs, history_->runs(filter));
    }
    return options_.json ? history_json(runs) : history_text(runs);
  }

 private:
  Result<std::string> drift(const HistoryFilter& filter) {
    std::vector<DriftEntry> looks;
    if (history_) {
      HF_TRY(looks, history_->drift(filter));
    }
    return options_.json ? drift_history_json(looks) : drift_history_text(looks);
  }

  /// A run by the beginning of its id, else a plan by that of its digest.
  Result<std::string> one(const std::string& name, HistoryFilter filter) {
    if (!history_) {
      return fail(Code::UnknownHistoryEntry, "the history is empty");
    }
    HF_TRY(const std::vector<RunEntry> runs, run_named(*history_, name, std::move(filter)));
    if (runs.empty()) {
      HF_TRY(const PlanEntry plan, history_->plan(name));
      return options_.json ? plan_entry_json(plan) : plan_entry_text(plan);
    }
    if (options_.json) return history_json(runs);
    const std::string& digest = runs.front().plan;
    return run_text(runs, !digest.empty() && history_->plan(digest).has_value());
  }

  const Options& options_;
  Session session_;
  std::unique_ptr<History> history_;
};

}  // namespace

int history_command(const Options& options, const Registry& registry) {
  return tell_answer(options, HistoryCommand(options, registry).answer());
}

}  // namespace holdfast
