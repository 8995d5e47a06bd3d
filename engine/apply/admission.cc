#include "engine/apply/admission.h"

#include <algorithm>

#include "engine/core/text.h"
#include "engine/plan/diff.h"

namespace holdfast {

bool takes_part(const Plan& plan, std::size_t row) {
  const Row& r = plan.rows[row];
  if (!r.selected || r.unasked || r.unknown || r.refused) return false;
  if (plan.declarations[row].audit) return false;
  return r.change.action != Action::None || r.adopt;
}

std::optional<Error> obstacle(const HostPlan& host) {
  if (host.unreachable) return host.unreachable;
  if (!host.root) {
    return Error{.code = Code::NeedsRoot,
                 .message = "changing " + host.host + " needs root",
                 .hint =
                     "log in as root, or with `ansible_become: true` as an account that sudo "
                     "lets do everything"};
  }
  if (host.pause) return paused(host.host, *host.pause);
  if (!host.can_lock) {
    return Error{.code = Code::ApplyCannotLock,
                 .message = host.host + " has no `flock`, so it can't be changed safely",
                 .hint = "install util-linux there"};
  }
  return std::nullopt;
}

Error not_ended(const std::string& host, const std::string& run) {
  return {.code = Code::OpenRun,
          .message = "run " + printable(run) + " on " + printable(host) + " has not ended",
          .hint = "`holdfast recover` takes it back"};
}

Error paused(const std::string& host, const Pause& pause) {
  return {.code = Code::Paused,
          .message = printable(host + " is " + pause.text()),
          .hint = "`holdfast pause " + printable(host) + " --end` ends it before its time"};
}

namespace {

Objection moved(const Plan& plan, std::size_t row) {
  const Declaration& declaration = plan.declarations[row];
  return {{.code = Code::ObjectMoved,
           .message = printable(declaration.host + " " + declaration.resource.address()) +
                      " is no longer what the plan saw; nothing was changed on this host",
           .where = declaration.resource.where,
           .hint = "plan again"},
          row};
}

/// Whether the host could not tell all that is stated.
bool untold(const Change& change) {
  return std::any_of(
      change.attributes.begin(), change.attributes.end(),
      [](const AttributeChange& one) { return one.before.find_unknown() != nullptr; });
}

/// Whether a row that the plan lets alone would change now, or can be told only now: somebody
/// changed it since, or a program that died as the host was looked at had it seem otherwise.
bool seemed_otherwise(const Plan& plan, std::size_t row, const Seen& seen,
                      const Registry& registry) {
  const Row& planned = plan.rows[row];
  const Declaration& declaration = plan.declarations[row];
  const Kind& kind = *registry.kind(declaration.resource.kind);
  if (!planned.selected || planned.unasked || planned.refused || declaration.audit) return false;
  if (kind.schema().never_observed) return false;
  const bool was_untold = untold(planned.change);
  if (!was_untold && (planned.unknown || planned.change.action != Action::None)) return false;
  const auto now = kind.read(declaration.resource, seen.answers);
  if (!now || state_digest(*now) == planned.precondition()) return false;
  const Change change = diff(kind, declaration.resource, *now);
  return !untold(change) && (was_untold || change.action != Action::None);
}

}  // namespace

std::optional<Objection> objection(const Plan& plan, const std::string& host,
                                   const std::vector<std::size_t>& rows, const Seen& seen,
                                   const Registry& registry, const ServerFaults& faults,
                                   const std::string& cut_off) {
  if (!seen.open_run.empty() && seen.open_run != cut_off) {
    return Objection{not_ended(host, seen.open_run)};
  }
  if (seen.pause) return Objection{paused(host, *seen.pause)};
  for (const std::size_t row : rows) {
    const Resource& resource = plan.declarations[row].resource;
    const auto now = registry.kind(resource.kind)->read(resource, seen.answers);
    if (now && state_digest(*now) == plan.rows[row].precondition()) continue;
    if (const Error* fault = fault_of(resource, faults, registry)) {
      Error error = *fault;
      error.message = printable(host + " " + resource.address()) +
                      " can't be looked at; nothing was changed on this host: " + error.message;
      error.where = resource.where;
      return Objection{std::move(error), row};
    }
    return moved(plan, row);
  }
  for (const std::size_t row : plan.rows_of(host)) {
    if (!takes_part(plan, row) && seemed_otherwise(plan, row, seen, registry))
      return moved(plan, row);
  }
  return std::nullopt;
}

std::optional<Objection> taken_meanwhile(const Plan& plan, const std::string& host,
                                         const std::vector<std::size_t>& rows,
                                         const HostState& now) {
  for (const std::size_t row : rows) {
    const auto found = now.objects.find(plan.rows[row].identity);
    if (found == now.objects.end() || plan.rows[row].record) continue;
    const Declaration& declaration = plan.declarations[row];
    Owner owner = found->second.owner;
    if (plan.host(host)->named(owner.host)) owner.host = declaration.owner.host;
    if (owner == declaration.owner) continue;
    return Objection{{.code = Code::OtherOwner,
                      .message = printable(host + " " + declaration.resource.address()) +
                                 " belongs to " + printable(found->second.owner.text()) +
                                 " since the plan; nothing was changed on this host",
                      .where = declaration.resource.where,
                      .hint = "plan again"},
                     row};
  }
  return std::nullopt;
}

Turns closing_first(const Plan& plan, std::vector<std::size_t> rows) {
  Turns out;
  std::set<std::size_t> moved;  // what changes, or rests on what does
  for (const std::size_t row : rows) {
    const auto& before = plan.graph.before(row);
    const bool rests = std::any_of(before.begin(), before.end(),
                                   [&](std::size_t other) { return moved.count(other) > 0; });
    if (plan.rows[row].effects.one_way && !rests) out.closes_alone.insert(row);
    if (rests || plan.rows[row].changes()) moved.insert(row);
  }
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const auto& after = plan.graph.after(*row);
    const bool needed = std::any_of(after.begin(), after.end(),
                                    [&](std::size_t other) { return out.closes.count(other) > 0; });
    if (plan.rows[*row].effects.one_way || needed) out.closes.insert(*row);
  }
  std::stable_partition(rows.begin(), rows.end(),
                        [&](std::size_t row) { return out.closes.count(row) > 0; });
  out.rows = std::move(rows);
  return out;
}

}  // namespace holdfast
