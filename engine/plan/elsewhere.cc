#include "engine/plan/elsewhere.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

/// What `wanted` means in a module: first beside it, then in the modules around it.
std::optional<std::size_t> find_row(const Plan& there, const Elsewhere& wanted) {
  std::string path = wanted.path;
  for (;;) {
    const std::string address = path + wanted.reference.address;
    for (std::size_t i = 0; i < there.declarations.size(); ++i) {
      const Declaration& d = there.declarations[i];
      if (d.owner.host != wanted.reference.host) continue;
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
    row.unknown = Unknown{"requires " + name + ": " + there.unknown->cause};
  } else if (there.refused || there.change.action != Action::None) {
    row.refused = Error{
        .code = Code::DependencyFailed,
        .message = printable(wanted.host + " " + wanted.address + " requires " + name +
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
    for (const Reference& reference : d.requires_) {
      if (elsewhere(reference))
        out.push_back({d.host, d.resource.address(), d.resource.path, reference});
    }
    std::erase_if(d.requires_, elsewhere);
    std::erase_if(d.before, elsewhere);
  }
  return out;
}

void judge_elsewhere(Plan& plan, const std::vector<Elsewhere>& required, const Plan& there,
                     Diagnostics& diagnostics) {
  for (const Elsewhere& wanted : required) {
    const auto found = find_row(there, wanted);
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
