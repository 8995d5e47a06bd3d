#include "engine/cli/commands.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/report/exit_code.h"

namespace holdfast {

int drift_command(const Options& options, const Registry& registry) {
  Session session(options, registry);
  const Planned planned = make_session_plan(session);
  if (!planned.plan) return planned.code;
  tell_plan(session, *planned.plan, true);
  const RunMeta meta = session.meta("drift");
  HistoryBook(session, meta).look(*planned.plan);
  return drift_exit_code(*planned.plan, registry);
}

}  // namespace holdfast
