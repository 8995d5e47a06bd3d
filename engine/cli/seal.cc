#include "engine/apply/seal.h"

#include "engine/cli/agree.h"
#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

std::string told(const std::string& host, const Sealed& sealed) {
  if (sealed.before && sealed.runs == 0) return host + " is sealed already";
  return host + " is sealed: " + counted(sealed.objects, "object") + " in its record, " +
         counted(static_cast<std::size_t>(sealed.runs), "run") +
         " and the key deleted; nothing can be rolled back there any more";
}

/// As the exit code counts it.
HostOutcome outcome_of(const std::string& host, const Result<Sealed>& sealed) {
  HostOutcome out;
  out.host = host;
  if (sealed) return out;
  out.error = sealed.error();
  const Code code = sealed.error().code;
  const bool refused = code == Code::Locked || code == Code::OpenRun || code == Code::Paused ||
                       code == Code::ForeignState;
  out.end = refused ? HostEnd::Refused : HostEnd::Unreachable;
  return out;
}

}  // namespace

int seal_command(const Options& options, const Registry& registry) {
  if (options.arguments.empty())
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "seal which hosts?",
                   .hint = "name them: `holdfast seal golden`"},
                  Exit::Usage);
  Diagnostics diagnostics;
  Session session(options, registry);
  if (session.load_inventory_only(diagnostics)) {
    const auto names = session.scope(diagnostics, options.arguments);
    if (session.connect(names, diagnostics)) session.join_names(diagnostics);
  }
  complain(options, diagnostics);
  if (diagnostics.failed()) return failed_exit(diagnostics);
  std::vector<std::string> names;
  for (const SessionHost& host : session.hosts()) names.push_back(host.name);
  if (!options.yes &&
      !person_types("yes", "This deletes all runs and ways back on " + join(names, ", ") + ".")) {
    return refuse(options, nobody_agreed(), Exit::Refused);
  }
  const auto runners = session.runners();
  std::vector<Result<Sealed>> done(names.size());
  parallel_for(done.size(), session.parallel(), [&](std::size_t i) {
    const SessionHost& host = session.hosts()[i];
    done[i] = host.host ? seal(*runners.at(host.name), host.name, session.holder("seal"))
                        : Result<Sealed>(fail(*host.error));
  });
  Diagnostics failures;
  Outcome outcome;
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i]) {
      say(printable(told(names[i], *done[i])) + "\n");
    } else {
      failures.error(done[i].error());
    }
    outcome.hosts.push_back(outcome_of(names[i], done[i]));
  }
  complain(options, failures);
  return exit_code({}, outcome);
}

}  // namespace holdfast
