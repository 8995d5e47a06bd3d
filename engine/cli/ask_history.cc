#include "engine/cli/ask_history.h"

#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"

namespace holdfast {

Result<std::unique_ptr<History>> read_history(const Session& session) {
  HF_TRY(const HistoryPlace place, history_place(session));
  if (place.kind == HistoryPlace::Kind::None) {
    return fail(Code::HistoryUnusable, "no history is kept",
                "`holdfast runs` asks the hosts; --history says where one is");
  }
  return History::open(place, Access::Read);
}

Result<std::vector<RunEntry>> run_named(History& history, const std::string& id,
                                        HistoryFilter filter) {
  filter.run = id;
  filter.most = 2;
  HF_TRY(std::vector<RunEntry> runs, history.runs(filter));
  if (runs.empty() || runs.front().run == runs.back().run) return runs;
  return fail(Code::UnknownHistoryEntry, "the history knows several runs '" + printable(id) + "'",
              "say more of the id");
}

int tell_answer(const Options& options, Result<std::string> answer) {
  if (answer) {
    say(*answer);
    return static_cast<int>(Exit::Done);
  }
  const Exit code = answer.error().code == Code::Usage ? Exit::Usage : Exit::Failed;
  return refuse(options, std::move(answer.error()), code);
}

}  // namespace holdfast
