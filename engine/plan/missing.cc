#include "engine/plan/missing.h"

#include <algorithm>
#include <set>

#include "engine/core/text.h"

namespace holdfast {
namespace {

/// What the resources of one host give to each other.
struct Given {
  std::set<std::string> tokens;
  bool opaque = false;  ///< Something runs that may give anything.
};

Given given_on(const Plan& plan, std::string_view host, const Registry& registry) {
  Given out;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const Declaration& declaration = plan.declarations[i];
    const Kind* kind = registry.kind(declaration.resource.kind);
    if (declaration.host != host || kind == nullptr || declaration.resource.absent) continue;
    const Row& row = plan.rows[i];
    const bool acts = row.unknown || (row.changes() && !row.only_asks());
    out.opaque = out.opaque || (acts && kind->schema().scheduling != Scheduling::Passive);
    for (std::string& token : kind->links(declaration.resource).provides) {
      out.tokens.insert(std::move(token));
    }
  }
  return out;
}

}  // namespace

std::string spoken(std::string token) {
  const auto at = token.find(':');
  if (at != std::string::npos) token[at] = ' ';
  return token;
}

void refuse_missing(Plan& plan, const std::vector<HostInput>& inputs, const Registry& registry) {
  for (const HostInput& input : inputs) {
    if (input.unreachable) continue;
    const Given given = given_on(plan, input.host, registry);
    if (given.opaque) continue;
    for (std::size_t i = 0; i < plan.rows.size(); ++i) {
      const Declaration& declaration = plan.declarations[i];
      Row& row = plan.rows[i];
      const bool made = row.changes() && row.change.action == Action::Create;
      if (declaration.host != input.host || !made || row.refused || declaration.audit) continue;
      const Kind* kind = registry.kind(declaration.resource.kind);
      for (const std::string& token : kind->missing(declaration.resource, input.seen.answers)) {
        if (given.tokens.count(token) > 0) continue;
        row.refused =
            Error{.code = Code::NeedMissing,
                  .message = printable(declaration.host + " " + declaration.resource.address() +
                                       " needs " + spoken(token)) +
                             ", which isn't there, and which no resource makes",
                  .where = declaration.resource.where,
                  .hint = "add a resource that makes it"};
        break;
      }
    }
  }
}

}  // namespace holdfast
