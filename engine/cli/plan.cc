#include "engine/cli/commands.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/cli/rehearsing.h"
#include "engine/plan/saved.h"
#include "engine/report/error_text.h"
#include "engine/report/exit_code.h"

namespace holdfast {

int plan_command(const Options& options, const Registry& registry) {
  Session session(options, registry);
  const Planned planned = make_session_plan(session);
  if (!planned.plan) return planned.code;
  std::optional<RehearsalReport> rehearsal;
  if (options.json && options.rehearse) rehearsal = rehearse_plan(session, *planned.plan, "plan");
  tell_plan(session, *planned.plan, false, rehearsal ? &*rehearsal : nullptr);
  if (options.rehearse) {
    const bool told = rehearsal.has_value();
    flush_output();
    if (!told) rehearsal = rehearse_plan(session, *planned.plan, "plan");
    if (!tell_rehearsal(session, *planned.plan, *rehearsal, told)) {
      return static_cast<int>(rehearsal_exit(*rehearsal));
    }
  }
  const RunMeta meta = session.meta("plan");
  HistoryBook(session, meta).look(*planned.plan);
  if (options.require_reversible) {
    const Diagnostics refused = irreversible_rows(*planned.plan);
    complain(options, refused);
    if (refused.failed()) return static_cast<int>(Exit::Refused);
  }
  if (!options.out.empty()) {
    auto saved = save_plan(options.out, *planned.plan, session.saved_request(),
                           shown_plan(session, *planned.plan), registry);
    if (!saved) {
      Diagnostics diagnostics;
      diagnostics.error(std::move(saved.error()));
      complain(options, diagnostics);
      return static_cast<int>(Exit::Failed);
    }
  }
  return plan_exit_code(*planned.plan, registry, options.detailed_exitcode);
}

}  // namespace holdfast
