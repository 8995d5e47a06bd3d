#include "engine/cli/commands.h"
#include "engine/cli/inventory.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"

namespace holdfast {

namespace {

/// What would be read and not used, and so answer another question.
Result<void> heeded(const Options& options, InventoryView view) {
  if (view != InventoryView::Hosts && !options.limit.empty()) {
    return fail(Code::Usage, "--limit is for --hosts: the rest shows an inventory as it stands");
  }
  if (view == InventoryView::List && !options.arguments.empty()) {
    const std::string name = printable(options.arguments.front());
    return fail(Code::Usage, "all of an inventory has no pattern '" + name + "'",
                "`--hosts " + name + "` names hosts, `--graph` a group's, `--host` its variables");
  }
  if (options.arguments.size() < 2) return {};
  return fail(Code::Usage, "inventory takes one pattern", "several are one with commas: h1,h2");
}

}  // namespace

int inventory_command(const Options& options, const Registry& registry) {
  const InventoryView view = options.format == "graph"   ? InventoryView::Graph
                             : options.format == "host"  ? InventoryView::Host
                             : options.format == "hosts" ? InventoryView::Hosts
                                                         : InventoryView::List;
  if (auto wrong = heeded(options, view); !wrong)
    return refuse(options, std::move(wrong.error()), Exit::Usage);
  Diagnostics diagnostics;
  Session session(options, registry);
  if (session.load_inventory_as_written(diagnostics)) {
    auto text =
        inventory_output(session.inventory(), view,
                         options.arguments.empty() ? "" : options.arguments[0], options.limit);
    if (text) {
      say(*text);
    } else {
      diagnostics.error(std::move(text.error()));
    }
  }
  complain(options, diagnostics);
  return diagnostics.failed() ? failed_exit(diagnostics) : static_cast<int>(Exit::Done);
}

}  // namespace holdfast
