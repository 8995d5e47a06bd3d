#include <nlohmann/json.hpp>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/report/exit_code.h"
#include "engine/report/json_parts.h"

namespace holdfast {

int facts_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (session.load_inventory_only(diagnostics))
    session.connect(session.scope(diagnostics), diagnostics);
  complain(options, diagnostics);
  if (diagnostics.failed()) return failed_exit(diagnostics);
  ValueMap all;
  int code = static_cast<int>(Exit::Done);
  const std::map<std::string, Value> facts = session.gather_facts();
  for (const SessionHost& host : session.hosts()) {
    const auto found = facts.find(host.name);
    if (found != facts.end()) {
      all.set(host.name, found->second);
      continue;
    }
    Diagnostics unreachable;
    unreachable.error(*host.error);
    complain(options, unreachable);
    code = static_cast<int>(Exit::Unreachable);
  }
  say(json_document(json_of(Value(all)), 2));
  return code;
}

}  // namespace holdfast
