#include <set>

#include "engine/apply/rewrite.h"
#include "engine/cli/agree.h"
#include "engine/cli/commands.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/plan/refusals.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

std::string short_owner(const Owner& owner) {
  return owner.project + "/" + owner.environment + "/" + owner.manifest;
}

/// What our manifests name on a host and its record says belongs to `from` becomes ours.
std::vector<std::string> take_over(HostState& state, const Plan& plan, const std::string& host,
                                   const std::string& from) {
  std::vector<std::string> taken;
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    const Declaration& declaration = plan.declarations[row];
    const auto found = state.objects.find(plan.rows[row].identity);
    if (declaration.host != host || !plan.rows[row].selected) continue;
    if (found == state.objects.end()) continue;
    if (found->second.owner == declaration.owner || short_owner(found->second.owner) != from)
      continue;
    found->second.owner = declaration.owner;
    found->second.address = declaration.resource.address();
    taken.push_back(found->first);
  }
  return taken;
}

/// What the hosts' records, as the plan saw them, have of it.
std::vector<std::string> would_take(const Plan& plan, const std::string& from) {
  std::vector<std::string> out;
  for (const HostPlan& host : plan.hosts) {
    HostState state = host.state;
    for (const std::string& identity : take_over(state, plan, host.host, from))
      out.push_back(host.host + " " + identity);
  }
  return out;
}

/// Other owners that are called nearly so, where nobody is called so.
std::string misspelt(const Plan& plan, const std::string& from) {
  std::set<std::string> known;
  for (const HostPlan& host : plan.hosts) {
    for (const auto& [identity, object] : host.state.objects)
      known.insert(short_owner(object.owner));
  }
  if (known.count(from) > 0) return {};
  for (const Declaration& declaration : plan.declarations)
    known.erase(short_owner(declaration.owner));
  return did_you_mean(from, {known.begin(), known.end()});
}

}  // namespace

int adopt_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  if (options.from.empty()) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "adopt from whom? Say --from PROJECT/ENVIRONMENT/MANIFEST",
                   .hint = "`holdfast plan` names the owner of what it refuses"},
                  Exit::Usage);
  }
  Session session(options, registry);
  const Planned planned = make_session_plan(session);
  if (!planned.plan) return planned.code;
  const std::vector<std::string> objects = would_take(*planned.plan, options.from);
  if (objects.empty()) {
    const std::string hint = misspelt(*planned.plan, options.from);
    if (!hint.empty()) {
      return refuse(options,
                    {.code = Code::Usage,
                     .message = "no record names the owner '" + printable(options.from) + "'",
                     .hint = hint},
                    Exit::Usage);
    }
  } else if (auto error = disagreed(session, "To be ours:", objects)) {
    return refuse(options, std::move(*error), Exit::Refused);
  }
  RunMeta meta = session.meta("adopt");
  Exit worst = Exit::Done;
  Outcome outcome;
  for (auto& [host, runner] : session.runners()) {
    meta.host = host;
    auto taken = rewrite_record(*runner, meta, [&, &name = host](HostState& state) {
      return take_over(state, *planned.plan, name, options.from);
    });
    if (!taken) {
      worst = worse(worst, spoils_record(taken.error().code) ? Exit::Refused : Exit::Failed);
      diagnostics.error(std::move(taken.error()));
      continue;
    }
    if (!taken->objects.empty()) outcome.hosts.push_back(taken->outcome);
    for (const std::string& identity : taken->objects)
      say(printable(host + ": now ours: " + identity) + "\n");
  }
  complain(options, diagnostics);
  HistoryBook(session, meta).end(outcome);
  if (outcome.hosts.empty() && !diagnostics.failed())
    say("Nothing that these manifests name belongs to " + printable(options.from) + ".\n");
  return static_cast<int>(worst);
}

}  // namespace holdfast
