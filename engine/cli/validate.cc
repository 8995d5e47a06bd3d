#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/report/ci_safe.h"
#include "engine/report/exit_code.h"
#include "engine/report/validation_json.h"

namespace holdfast {

int validate_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  const auto catalog = session.validate(diagnostics);
  complain(options, diagnostics);
  if (options.json) say(validation_json(catalog, diagnostics));
  if (!catalog) return failed_exit(diagnostics);
  if (!options.json) {
    say("Valid: " + counted(catalog->declarations.size(), "resource") + " on " +
        counted(catalog->hosts.size(), "host") + ".\n");
  }
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
