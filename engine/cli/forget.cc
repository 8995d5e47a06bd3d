#include <algorithm>

#include "engine/apply/rewrite.h"
#include "engine/cli/agree.h"
#include "engine/cli/commands.h"
#include "engine/cli/heed.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/core/clock.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/journal/forgetting.h"
#include "engine/plan/refusals.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

/// The hosts' records as they are now; nullopt where one can't be read, which is told when it is to
/// be changed.
std::vector<std::optional<HostState>> records_of(Session& session) {
  std::vector<std::optional<HostState>> out(session.hosts().size());
  const auto limit = std::chrono::seconds(session.options().timeout);
  const Heed heed;
  parallel_for(out.size(), session.parallel(), [&](std::size_t i) {
    const SessionHost& host = session.hosts()[i];
    if (!host.host) return;
    const auto seen = host.host->observe({}, Clock::now() + limit);
    if (!seen || !seen->root) return;
    auto record = seen->record();
    if (!record) return;
    unseal(*record, seen->machine_id, host.name);
    out[i] = std::move(*record);
  });
  return out;
}

/// Of what was told, what the record still has.
std::vector<std::string> release(HostState& state, const Forgetting& what,
                                 const std::vector<std::string>& told) {
  std::vector<std::string> gone = released(state, what);
  std::erase_if(gone, [&](const std::string& identity) {
    return std::find(told.begin(), told.end(), identity) == told.end();
  });
  for (const std::string& identity : gone) state.objects.erase(identity);
  return gone;
}

/// One host at a time: what was told goes out of its record.
int let_go(Session& session, const Forgetting& what,
           const std::vector<std::vector<std::string>>& told) {
  Diagnostics diagnostics;
  Exit worst = Exit::Done;
  RunMeta meta = session.meta("forget");
  Outcome outcome;
  auto runners = session.runners();
  for (std::size_t i = 0; i < told.size(); ++i) {
    const SessionHost& host = session.hosts()[i];
    if (!host.host) {
      worst = worse(worst, Exit::Unreachable);
      diagnostics.warning(*host.error);
      continue;
    }
    meta.host = host.name;
    auto gone = rewrite_record(*runners.at(host.name), meta,
                               [&](HostState& state) { return release(state, what, told[i]); });
    if (!gone) {
      worst = worse(worst, spoils_record(gone.error().code) ? Exit::Refused : Exit::Failed);
      diagnostics.error(std::move(gone.error()));
      continue;
    }
    if (!gone->objects.empty()) outcome.hosts.push_back(gone->outcome);
    for (const std::string& identity : gone->objects)
      say(printable(host.name + ": released " + identity) + "\n");
  }
  complain(session.options(), diagnostics);
  HistoryBook(session, meta).end(outcome);
  if (outcome.hosts.empty() && !diagnostics.failed()) {
    say("Nothing of ours is in the hosts' records.\n");
  }
  return static_cast<int>(worst);
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
  const Forgetting what{session.project().name, session.environment(),
                        options.all ? std::vector<std::string>() : options.arguments};
  std::vector<std::optional<HostState>> records;
  if (!diagnostics.failed()) {
    records = records_of(session);
    for (Error& error : unknown_addresses(records, what)) diagnostics.error(std::move(error));
  }
  if (diagnostics.failed()) {
    complain(options, diagnostics);
    return failed_exit(diagnostics);
  }
  std::vector<std::vector<std::string>> told(records.size());
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i]) told[i] = released(*records[i], what);
    for (const std::string& identity : told[i])
      lines.push_back(session.hosts()[i].name + " " + identity);
  }
  if (!lines.empty()) {
    if (auto error = disagreed(session, "To be released, and nobody's then:", lines)) {
      return refuse(options, std::move(*error), Exit::Refused);
    }
  }
  return let_go(session, what, told);
}

}  // namespace holdfast
