#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "engine/graph/graph.h"
#include "engine/journal/state.h"
#include "engine/manifest/manifest.h"
#include "engine/observe/host.h"

namespace holdfast {

/// Whose doing a difference is.
enum class Standing {
  Same,     ///< Observed is what is wanted.
  New,      ///< Not there, and never was by our record.
  Pending,  ///< The manifest changed; the host still is as we left it.
  Drift,    ///< Somebody else changed the host.
  Both,
  Stranger  ///< There, different, and not in our record: nobody can tell.
};

/// An old and a new text, or why the old one isn't shown.
struct TextChange {
  OldText before;
  Value after;  ///< Text or Secret.
};

/// One resource in a plan, whether it changes or not. Its index is that of its declaration.
struct Row {
  std::string identity;
  Change change{};
  std::vector<PhasedStep> steps{};
  Effects effects{};
  Standing standing = Standing::Same;
  std::optional<ObjectRecord> record{};           ///< What the host remembers.
  std::string restart_digest{}, reload_digest{};  ///< What the service should have started with.
  std::map<std::string, TextChange> texts{};
  std::string life{};  ///< Of a service: the one that it is in.
  /// What would end the run itself, and what follows it: done once the run and its job are over.
  std::vector<PhasedStep> later{};
  std::string left_by{};  ///< The run whose left steps still wait for this service.
  bool unasked = false;   ///< A check that rests on what is left for later.
  bool early = false;     ///< Its host comes late, but another one rests on this row.
  bool orphan = false;
  bool adopt = false;                ///< As wanted already, but not in the record.
  bool selected = true;              ///< By --tags and --target.
  std::optional<Unknown> unknown{};  ///< Can't be planned yet, and why.
  std::optional<Error> refused{};    ///< Another owner's, protected …: apply doesn't begin.

  bool changes() const { return selected && !unasked && change.action != Action::None; }
  /// Digest of the state that the diff was made from: what must still hold when it is acted on.
  std::string precondition() const;
  /// It asks the host something, and changes nothing there.
  bool only_asks() const;
};

struct HostPlan {
  std::string host;
  std::vector<std::string> also{};  ///< Other names of the same machine.
  std::optional<Error> unreachable{};
  std::string machine_id, boot_id;
  bool root = false, can_lock = false, prepared = false;
  bool systemd = true;  ///< It runs there, and starts guards.
  std::string open_run{}, holder{};
  bool guarded = false;  ///< The run that is open has lost its controller; its guard is there.
  std::optional<Pause> pause{};
  std::vector<EndedAlone> alone{};
  ChainHead chain{};
  std::optional<ProcessId> own{};     ///< The run works here itself;
  std::optional<Footing> footing{};   ///< and what on, where that matters to a row.
  std::vector<std::string> behind{};  ///< Hosts of the run that are reached through this one.
  std::vector<std::string> after{};   ///< Hosts of the run that come before this one.
  std::vector<std::string> later{};   ///< Runs that left something which still waits.
  bool stateless = false;             ///< No record on the host: everything there is a stranger.
  HostState state{};
  std::vector<std::string>
      kept_orphans{};  ///< Addresses of orphans that stay (no --prune, or adopted).

  /// Whether a name leads to this machine.
  bool named(std::string_view name) const;
  /// "h1", "h1 (also web1)".
  std::string title() const;
};

/// All that a run would do.
struct Plan {
  std::vector<Declaration> declarations;  ///< Orphans that go are appended.
  Graph graph;
  std::vector<Row> rows;
  std::vector<HostPlan> hosts;

  const HostPlan* host(std::string_view name) const;
  HostPlan* host(std::string_view name);
  /// Rows of a host, in the order in which they would be done.
  std::vector<std::size_t> rows_of(std::string_view host) const;
  bool changes() const;
};

struct PlanOptions {
  std::set<std::string> tags{};
  std::vector<std::string> targets{};  ///< Addresses, with or without a host before them.
  bool prune = false;
  bool judge_orphans = true;  ///< False where --tags or --target leave things out.
  bool all_manifests =
      false;  ///< The run is its environment's whole: manifests that are gone are judged too.
};

/// What one host answered, or why it did not.
struct HostInput {
  std::string host;
  std::optional<Error> unreachable{};
  Seen seen{};
  std::vector<std::string> also{};  ///< Other names of the same machine.
};

/// Compares what is wanted with what is. Pure.
Plan make_plan(Catalog catalog, std::vector<HostInput> inputs, const Registry& registry,
               const PlanOptions& options, Diagnostics& diagnostics);

/// All names of what answered, the host's first.
std::vector<std::string> names_of(const HostInput& input);

/// All queries of a host's declarations.
std::vector<Query> queries_of(const std::vector<Declaration>& declarations, std::string_view host,
                              const Registry& registry);

/// What these declarations must ask servers.
std::vector<ServerQuery> server_queries_of(const std::vector<Declaration>& declarations,
                                           std::string_view host, const Registry& registry);

/// Objects of a host that its record says these owners made and that nobody names any more, as
/// declarations to be absent. @param names  Of the machine, the host's first.
std::vector<Declaration> orphans(const HostState& state, const Catalog& catalog,
                                 const std::vector<std::string>& names, const Registry& registry,
                                 bool all_manifests);
/// Whether this run removes an orphan: --prune or `was:` says so.
bool goes(const Declaration& orphan, const PlanOptions& options);

/// What else a host must be asked once the differences are known: old texts, and the key for
/// secrets. Empty: nothing.
std::vector<TextQuery> text_queries(const Plan& plan, std::string_view host,
                                    const Registry& registry);
/// Puts the answers into the rows and settles each row's standing.
void add_texts(Plan& plan, std::string_view host, const Registry& registry,
               const std::vector<TextQuery>& queries, const Fetched& fetched);

/// The digest of a state, keyed so that it tells nothing about secrets.
std::string state_digest(const std::optional<State>& state);
/// Whether an attribute of a resource must be masked.
bool secret_attribute(const Resource& resource, const Schema& schema, std::string_view attribute);

}  // namespace holdfast
