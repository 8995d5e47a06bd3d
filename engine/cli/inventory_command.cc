#include "engine/cli/commands.h"
#include "engine/cli/inventory.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/report/exit_code.h"

namespace holdfast {

int inventory_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (session.load_inventory_only(diagnostics)) {
    const InventoryView view = options.format == "graph"   ? InventoryView::Graph
                               : options.format == "host"  ? InventoryView::Host
                               : options.format == "hosts" ? InventoryView::Hosts
                                                           : InventoryView::List;
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
  return static_cast<int>(diagnostics.failed() ? Exit::Failed : Exit::Done);
}

}  // namespace holdfast
