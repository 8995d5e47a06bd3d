#include "engine/graph/graph.h"

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/report/exit_code.h"

namespace holdfast {

int graph_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  std::string drawn;
  if (session.load(Trust::Offline, diagnostics)) {
    const Catalog catalog = session.expand_offline(diagnostics);
    const Graph graph = Graph::build(catalog.declarations, registry, {}, diagnostics);
    drawn = options.format == "mermaid" ? graph_mermaid(graph, catalog.declarations)
                                        : graph_dot(graph, catalog.declarations);
  }
  complain(options, diagnostics);
  if (diagnostics.failed()) return failed_exit(diagnostics);
  say(drawn);
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
