#pragma once

#include "engine/cli/options.h"
#include "engine/core/kind.h"

namespace holdfast {

/// One function a command, each in its own file; all return the program's exit code
/// (engine/report/exit_code.h).
int adopt_command(const Options& options, const Registry& registry);
int apply_command(const Options& options, const Registry& registry);
int completion_command(const Options& options, const Registry& registry);
int drift_command(const Options& options, const Registry& registry);
int explain_command(const Options& options, const Registry& registry);
int facts_command(const Options& options, const Registry& registry);
int forget_command(const Options& options, const Registry& registry);
int graph_command(const Options& options, const Registry& registry);
int history_command(const Options& options, const Registry& registry);
int init_command(const Options& options, const Registry& registry);
int inventory_command(const Options& options, const Registry& registry);
int pick_command(const Options& options, const Registry& registry);
int plan_command(const Options& options, const Registry& registry);
int prepare_command(const Options& options, const Registry& registry);
int pause_command(const Options& options, const Registry& registry);
int recover_command(const Options& options, const Registry& registry);
int report_command(const Options& options, const Registry& registry);
int rollback_command(const Options& options, const Registry& registry);
int runs_command(const Options& options, const Registry& registry);
int retire_command(const Options& options, const Registry& registry);
int seal_command(const Options& options, const Registry& registry);
int show_command(const Options& options, const Registry& registry);
int schema_command(const Options& options, const Registry& registry);
int trust_command(const Options& options, const Registry& registry);
int validate_command(const Options& options, const Registry& registry);
int verify_command(const Options& options, const Registry& registry);
int why_command(const Options& options, const Registry& registry);

}  // namespace holdfast
