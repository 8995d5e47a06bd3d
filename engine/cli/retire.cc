#include <algorithm>

#include "engine/api/servers.h"
#include "engine/apply/seal.h"
#include "engine/cli/agree.h"
#include "engine/cli/carry_out.h"
#include "engine/cli/commands.h"
#include "engine/cli/on_servers.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/cli/prepare.h"
#include "engine/core/text.h"
#include "engine/plan/servers.h"
#include "engine/report/exit_code.h"
#include "engine/wiring/wiring.h"

namespace holdfast {
namespace {

bool agreed(const Options& options, const std::string& question) {
  return options.yes || person_types("yes", question);
}

/// What is still to be done for retired hosts: what others have of them goes with an apply there.
std::string rest_text(const std::vector<std::string>& hosts, const Session& session,
                      const Catalog& catalog) {
  const std::set<std::string> scrapers =
      scrapers_of(hosts, wiring_of(catalog.declarations, session.inventory(), session.registry()));
  if (scrapers.empty()) return "Take it out of the inventory.\n";
  const std::string where = printable(join({scrapers.begin(), scrapers.end()}, ","));
  return "Take it out of the inventory, then `holdfast apply --limit " + where +
         "`: until then it is still scraped from there, and may raise alerts.\n";
}

/// Hosts that can't be reached any more: what servers have of them is taken away without them.
class Gone {
 public:
  Gone(const Options& options, const Registry& registry) : session_(options, registry) {}

  int carry_out() {
    Diagnostics diagnostics;
    if (session_.load(trust_level(session_.options(), session_.registry()), diagnostics)) {
      catalog_ = session_.expand_offline(diagnostics);
      choose_hosts(diagnostics);
      for (const std::string& host : hosts_) look(host, diagnostics);
    }
    complain(session_.options(), diagnostics);
    if (diagnostics.failed()) return failed_exit(diagnostics);
    if (calls_.empty()) {
      forget();
      say("No server has anything of it. " + rest_text(hosts_, session_, catalog_));
      return static_cast<int>(Exit::Done);
    }
    for (const Call& call : calls_) say("   - " + printable(call.note) + "\n");
    flush_output();
    if (!agreed(session_.options(), "This can't be taken back.")) {
      return refuse(session_.options(), nobody_agreed(), Exit::Refused);
    }
    return make_calls();
  }

 private:
  /// Those that the inventory has, and those that the history alone still knows.
  void choose_hosts(Diagnostics& diagnostics) {
    std::vector<std::string> patterns;
    for (const std::string& name : session_.options().arguments) {
      auto left = session_.inventory().host(name) == nullptr ? remembered_on_servers(session_, name)
                                                             : std::vector<Declaration>{};
      if (left.empty()) {
        patterns.push_back(name);
        continue;
      }
      hosts_.push_back(name);
      std::move(left.begin(), left.end(), std::back_inserter(remembered_));
    }
    if (patterns.empty()) return;
    auto named = session_.inventory().select(join(patterns, ","));
    if (!named) return diagnostics.error(std::move(named.error()));
    hosts_.insert(hosts_.end(), named->begin(), named->end());
  }

  void look(const std::string& host, Diagnostics& diagnostics) {
    std::vector<Declaration> declarations = remembered_;
    declarations.insert(declarations.end(), catalog_.declarations.begin(),
                        catalog_.declarations.end());
    Answers answers;
    ask_servers_of(declarations, host, session_.registry(), contact_, answers);
    for (const Declaration& declaration : declarations) {
      if (declaration.host != host) continue;
      const Kind* kind = session_.registry().kind(declaration.resource.kind);
      if (kind == nullptr || kind->server_queries(declaration.resource).empty()) continue;
      if (auto looked = take_away(*kind, host, declaration.resource, answers); !looked)
        diagnostics.error(std::move(looked.error()));
    }
  }

  Result<void> take_away(const Kind& kind, const std::string& host, Resource resource,
                         Answers& answers) {
    resource.absent = true;
    // Of the host itself nothing is left to be seen.
    for (const Query& query : kind.queries(resource)) answers.set(query, {});
    HF_TRY(const std::optional<State> seen, kind.read(resource, answers));
    if (!seen) return {};
    const Value state(*seen);
    if (const Unknown* unknown = state.find_unknown()) {
      return fail(Code::ServerUnreachable, printable(resource.address() + ": " + unknown->cause));
    }
    const Change change{.action = Action::Delete, .before = seen};
    for (PhasedStep& phased : kind.steps(resource, change)) {
      Call* call = std::get_if<Call>(&phased.step);
      if (call == nullptr) continue;
      lend_credential(call->server, host, catalog_.declarations, session_.registry());
      calls_.push_back(std::move(*call));
    }
    return {};
  }

  int make_calls() {
    Diagnostics diagnostics;
    for (const Call& call : calls_) {
      auto done = make_call(call, session_.registry(), contact_);
      if (!done) diagnostics.error(std::move(done.error()));
    }
    complain(session_.options(), diagnostics);
    if (diagnostics.failed()) return static_cast<int>(Exit::HalfDone);
    forget();
    say("Done. " + rest_text(hosts_, session_, catalog_));
    return static_cast<int>(Exit::Done);
  }

  void forget() const {
    for (const std::string& host : hosts_) forget_on_servers(session_, host);
  }

  Session session_;
  Catalog catalog_;
  std::vector<std::string> hosts_;
  std::vector<Declaration> remembered_;  ///< Of hosts that are in no inventory.
  std::vector<Call> calls_;
  const Contact contact_ = plain_contact([] { return watch_interrupts().load() == 0; });
};

/// What a plan is limited to: the hosts that are named, and that --limit leaves.
bool named_hosts(const Options& options, const Registry& registry, std::vector<std::string>& out) {
  if (options.limit.empty()) {
    out = options.arguments;
    return true;
  }
  Diagnostics diagnostics;
  Session session(options, registry);
  if (session.load(trust_level(options, registry), diagnostics))
    out = session.scope(diagnostics, options.arguments);
  complain(options, diagnostics);
  return !diagnostics.failed();
}

/// The same by the whole project, of which `retired` knows these hosts alone. What can't be read
/// says nothing here.
std::string rest_in_project(const std::vector<std::string>& hosts, const Session& retired) {
  Options all = retired.options();
  all.limit.clear();
  all.arguments.clear();
  Diagnostics ignored;
  Session session(all, retired.registry());
  Catalog catalog;
  if (session.load(retired.trust(), ignored)) catalog = session.expand_offline(ignored);
  return rest_text(hosts, session, catalog);
}

/// @return " but …": what stays there all the same.
Result<std::string> leave(const SessionHost& host, Runner& runner, const RunMeta& by) {
  HF_CHECK(leave_host(runner, host.name, by));
  HF_TRY(const std::vector<std::string> stays, undo_prepare(*host.host));
  return stays.empty() ? "" : " but " + join(stays, "; ");
}

/// Nothing of holdfast is left on hosts whose objects are all gone.
int leave(Session& session) {
  Diagnostics diagnostics;
  const std::map<std::string, Runner*> runners = session.runners();
  std::vector<std::string> hosts;
  for (const auto& [name, runner] : runners) hosts.push_back(name);
  const std::string rest = rest_in_project(hosts, session);
  for (const SessionHost& host : session.hosts()) {
    const auto runner = runners.find(host.name);
    if (runner == runners.end()) continue;
    const auto stays = leave(host, *runner->second, session.holder("retire"));
    if (!stays) {
      diagnostics.error(stays.error());
      continue;
    }
    say(printable(host.name) + ": nothing of holdfast is left there" + *stays + ". " + rest);
  }
  complain(session.options(), diagnostics);
  return static_cast<int>(diagnostics.failed() ? Exit::Refused : Exit::Done);
}

}  // namespace

int retire_command(const Options& options, const Registry& registry) {
  if (options.arguments.empty()) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "retire which hosts?",
                   .hint = "name them: `holdfast retire h1`"},
                  Exit::Usage);
  }
  if (options.gone && !options.limit.empty()) {
    return refuse(
        options,
        {.code = Code::Usage,
         .message = "--gone takes the hosts that are named, and no --limit",
         .hint = "--limit chooses among an inventory's hosts, where these may be no more"},
        Exit::Usage);
  }
  if (options.gone) return Gone(options, registry).carry_out();
  Options only = options;
  if (!named_hosts(options, registry, only.limit)) return static_cast<int>(Exit::Failed);
  Session session(only, registry);
  session.retire();
  const Planned planned = make_session_plan(session);
  if (!planned.plan) return planned.code;
  tell_plan(session, *planned.plan, false);
  const Diagnostics refused = refusals(only, *planned.plan);
  complain(only, refused);
  if (refused.failed()) return static_cast<int>(Exit::Refused);
  if (const auto silent = session.silent_host()) {
    return refuse(only,
                  {.code = Code::HostUnreachable,
                   .message = printable(*silent) + " can't be reached, so nothing was changed",
                   .hint = "--gone takes away what servers have of it"},
                  Exit::Unreachable);
  }
  flush_output();
  if (!agreed(only,
              "This takes all of it away on " + join(only.limit, ", ") + ", and every way back.")) {
    return refuse(only, nobody_agreed(), Exit::Refused);
  }
  const int code = carry_out(session, *planned.plan);
  return code == 0 ? leave(session) : code;
}

}  // namespace holdfast
