#include "engine/plan/elsewhere.h"

#include <algorithm>

#include "engine/core/text.h"
#include "engine/plan/restart.h"

namespace holdfast {
namespace {

/// What `reference` of a resource in `path` means: first beside it, then in the modules around it.
std::optional<std::size_t> find_row(const Plan& there, std::string path,
                                    const Reference& reference) {
  for (;;) {
    const std::string address = path + reference.address;
    for (std::size_t i = 0; i < there.declarations.size(); ++i) {
      const Declaration& d = there.declarations[i];
      if (d.owner.host != reference.host) continue;
      const bool alias = !d.alias.empty() && d.resource.path + d.alias == address;
      if (alias || d.resource.address() == address) return i;
    }
    if (path.empty()) return std::nullopt;
    path.pop_back();
    const auto slash = path.rfind('/');
    path = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  }
}

void forget_change(Row& row) {
  row.change = {};
  row.steps.clear();
  row.effects = {};
}

void settle(Row& row, const Elsewhere& wanted, const Row& there, Position where) {
  const std::string name = *wanted.reference.host + " " + wanted.reference.address;
  if (there.unknown) {
    forget_change(row);
    row.unknown = Unknown{wanted.verb + " " + name + ": " + there.unknown->cause};
  } else if (there.refused || there.change.action != Action::None) {
    row.refused = Error{
        .code = Code::DependencyFailed,
        .message = printable(wanted.host + " " + wanted.address + " " + wanted.verb + " " + name +
                             ", which --limit leaves out and which is not "
                             "as it should be"),
        .where = std::move(where),
        .hint = printable("apply " + *wanted.reference.host + " first, or take it into --limit")};
  }
}

}  // namespace

std::vector<Elsewhere> take_elsewhere(Catalog& catalog) {
  std::vector<Elsewhere> out;
  const auto elsewhere = [&](const Reference& reference) {
    return reference.host && std::find(catalog.hosts.begin(), catalog.hosts.end(),
                                       *reference.host) == catalog.hosts.end();
  };
  for (Declaration& d : catalog.declarations) {
    const auto add = [&](const Reference& reference, const char* verb) {
      out.push_back({d.host, d.resource.address(), d.resource.path, reference, verb});
    };
    for (const Reference& reference : d.requires_) {
      if (elsewhere(reference)) add(reference, "requires");
    }
    std::erase_if(d.requires_, elsewhere);
    std::erase_if(d.before, elsewhere);
    const auto mark = [&](std::vector<Reference>& references, const char* verb) {
      for (Reference& reference : references) {
        if (!elsewhere(reference)) continue;
        reference.elsewhere = "";
        add(reference, verb);
      }
    };
    mark(d.restart_on, "restart_on");
    mark(d.reload_on, "reload_on");
  }
  return out;
}

void know_elsewhere(Catalog& catalog, const Plan& there, const Registry& registry) {
  for (Declaration& d : catalog.declarations) {
    for (auto* references : {&d.restart_on, &d.reload_on}) {
      for (Reference& reference : *references) {
        if (!reference.elsewhere) continue;
        const auto row = find_row(there, d.resource.path, reference);
        if (row) reference.elsewhere = watched_digest(there, *row, registry);
      }
    }
  }
}

void judge_elsewhere(Plan& plan, const std::vector<Elsewhere>& required, const Plan& there,
                     Diagnostics& diagnostics) {
  for (const Elsewhere& wanted : required) {
    const auto found = find_row(there, wanted.path, wanted.reference);
    if (!found) {
      diagnostics.error(
          on_host({.code = Code::UnknownReference,
                   .message = "no resource '" + printable(wanted.reference.address) + "'",
                   .where = wanted.reference.where},
                  *wanted.reference.host));
      continue;
    }
    for (std::size_t i = 0; i < plan.rows.size(); ++i) {
      const Declaration& d = plan.declarations[i];
      const bool meant = d.owner.host == wanted.host && d.resource.address() == wanted.address;
      if (!meant || !plan.rows[i].changes() || plan.rows[i].unknown) continue;
      settle(plan.rows[i], wanted, there.rows[*found], wanted.reference.where);
    }
  }
  // A host that could not be asked is told as any other.
  for (const HostPlan& host : there.hosts) {
    if (host.unreachable) plan.hosts.push_back(host);
  }
}

}  // namespace holdfast
