#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/graph/graph.h"
#include "engine/report/exit_code.h"

namespace holdfast {

int validate_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  std::size_t resources = 0;
  std::size_t hosts = 0;
  if (session.load(Trust::Offline, diagnostics)) {
    const Catalog catalog = session.expand_offline(diagnostics);
    Graph::build(catalog.declarations, registry, {}, diagnostics);
    resources = catalog.declarations.size();
    hosts = catalog.hosts.size();
  }
  complain(options, diagnostics);
  if (diagnostics.failed()) return static_cast<int>(Exit::Failed);
  say("Valid: " + std::to_string(resources) + " resources on " + std::to_string(hosts) +
      " hosts.\n");
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
