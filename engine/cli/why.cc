#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/report/exit_code.h"

namespace holdfast {

int why_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (options.arguments.size() != 2) {
    diagnostics.error(
        {.code = Code::Usage, .message = "why takes a host and a name: holdfast why h1 port"});
  } else if (session.load(Trust::Offline, diagnostics)) {
    auto text =
        session.manifests().why(session.inventory(), options.arguments[0], options.arguments[1]);
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
