#include <algorithm>

#include "engine/apply/rewrite.h"
#include "engine/cli/commands.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/core/text.h"
#include "engine/plan/refusals.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

/// Takes what this project and environment own, and what is named, out of a machine's record:
/// through whichever name of the machine it came there.
std::vector<std::string> release(HostState& state, const Session& session) {
  std::vector<std::string> gone;
  const auto& wanted = session.options().arguments;
  for (const auto& [identity, object] : state.objects) {
    const bool ours = object.owner.project == session.project().name &&
                      object.owner.environment == session.environment();
    const bool named = session.options().all ||
                       std::find(wanted.begin(), wanted.end(), object.address) != wanted.end();
    if (ours && named) gone.push_back(identity);
  }
  for (const std::string& identity : gone) state.objects.erase(identity);
  return gone;
}

}  // namespace

int forget_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  if (options.arguments.empty() && !options.all) {
    diagnostics.error({.code = Code::Usage,
                       .message = "forget what? Name addresses (`file /etc/motd`), or say --all"});
  }
  if (!diagnostics.failed() && session.load_inventory_only(diagnostics)) {
    session.connect(session.scope(diagnostics), diagnostics);
    session.join_names(diagnostics);
  }
  if (diagnostics.failed()) {
    complain(options, diagnostics);
    return static_cast<int>(Exit::Failed);
  }
  Exit worst = Exit::Done;
  RunMeta meta = session.meta("forget");
  Outcome outcome;
  auto runners = session.runners();
  for (const SessionHost& host : session.hosts()) {
    if (!host.host) {
      worst = worse(worst, Exit::Unreachable);
      diagnostics.warning(*host.error);
      continue;
    }
    meta.host = host.name;
    auto gone = rewrite_record(*runners.at(host.name), meta,
                               [&](HostState& state) { return release(state, session); });
    if (!gone) {
      worst = worse(worst, spoils_record(gone.error().code) ? Exit::Refused : Exit::Failed);
      diagnostics.error(std::move(gone.error()));
      continue;
    }
    if (!gone->objects.empty()) outcome.hosts.push_back(gone->outcome);
    for (const std::string& identity : gone->objects)
      say(printable(host.name + ": released " + identity) + "\n");
  }
  complain(options, diagnostics);
  HistoryBook(session, meta).end(outcome);
  if (outcome.hosts.empty() && !diagnostics.failed()) {
    say("Nothing of ours by that name is in the hosts' records.\n");
  }
  return static_cast<int>(worst);
}

}  // namespace holdfast
