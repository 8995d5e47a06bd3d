#include <unistd.h>

#include <filesystem>

#include "engine/cli/ask_history.h"
#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/core/text.h"
#include "engine/plan/saved.h"
#include "engine/report/history_text.h"
#include "engine/report/shown_plan.h"

namespace holdfast {
namespace {

Result<std::string> saved_plan(const Options& options, const std::string& path) {
  HF_TRY(const SavedPlan saved, load_plan(path));
  if (saved.shown.text.empty()) {
    return fail(Code::PlanUnreadable,
                printable(path) + " can be applied, but says nothing of what it would do",
                "it was saved with --show-private, or by an older holdfast");
  }
  return options.json ? plan_json_again(saved.shown.document)
                      : plan_text_again(saved.shown.text, use_colour(options, STDOUT_FILENO));
}

Result<std::string> known_run(const Options& options, const Registry& registry,
                              const std::string& id) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (!session.load_project_only(diagnostics)) return fail(diagnostics.errors().front());
  HF_TRY(const std::unique_ptr<History> history, read_history(session));
  std::vector<RunEntry> run;
  if (history) {
    HF_TRY(run, run_named(*history, id));
  }
  if (run.empty()) {
    return fail(Code::UnknownHistoryEntry, "the history knows no run '" + printable(id) + "'",
                "`holdfast history` lists them; a plan is the path of a file");
  }
  const std::string& digest = run.front().plan;
  std::optional<PlanEntry> plan;
  if (!digest.empty()) {
    if (auto kept = history->plan(digest)) plan = std::move(*kept);
  }
  const PlanEntry* shown = plan ? &*plan : nullptr;
  return options.json ? run_and_plan_json(run, shown) : run_and_plan_text(run, shown);
}

/// A run's id has no suffix, and is no file's name.
bool names_file(const std::string& name) {
  std::error_code ignored;
  return ends_with(name, ".hf") || name.find('/') != std::string::npos ||
         std::filesystem::exists(name, ignored);
}

}  // namespace

int show_command(const Options& options, const Registry& registry) {
  if (options.arguments.size() != 1) {
    return refuse(
        options,
        {.code = Code::Usage,
         .message = "show takes a saved plan, or a run's id",
         .hint = "`holdfast plan --out plan.hf` saves one, `holdfast history` lists runs"},
        Exit::Usage);
  }
  const std::string& name = options.arguments.front();
  return tell_answer(
      options, names_file(name) ? saved_plan(options, name) : known_run(options, registry, name));
}

}  // namespace holdfast
