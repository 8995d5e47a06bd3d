#include "engine/plan/select.h"

#include <algorithm>

#include "engine/core/suggest.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

void select_with_dependencies(Plan& plan, std::size_t node) {
  if (plan.rows[node].selected) return;
  plan.rows[node].selected = true;
  for (const std::size_t before : plan.graph.before(node)) select_with_dependencies(plan, before);
}

bool named_by(const Declaration& declaration, const std::string& target) {
  const std::string address = declaration.resource.address();
  return target == address || target == declaration.host + " " + address ||
         target == declaration.owner.host + " " + address ||
         (!declaration.alias.empty() && target == declaration.resource.path + declaration.alias);
}

void check_tags(const std::vector<Declaration>& declarations, const std::set<std::string>& tags,
                Diagnostics& diagnostics) {
  std::set<std::string> known;
  for (const Declaration& d : declarations) known.insert(d.tags.begin(), d.tags.end());
  for (const std::string& tag : tags) {
    if (known.count(tag) > 0) continue;
    diagnostics.error({.code = Code::UnknownTag,
                       .message = "no resource has the tag '" + printable(tag) + "'",
                       .hint = did_you_mean(tag, {known.begin(), known.end()})});
  }
}

}  // namespace

void check_choice(const std::vector<Declaration>& declarations, const PlanOptions& options,
                  Diagnostics& diagnostics) {
  check_tags(declarations, options.tags, diagnostics);
  for (const std::string& target : options.targets) {
    const bool found = std::any_of(declarations.begin(), declarations.end(),
                                   [&](const Declaration& d) { return named_by(d, target); });
    if (found) continue;
    std::vector<std::string> addresses;
    for (const Declaration& d : declarations) addresses.push_back(d.resource.address());
    diagnostics.error({.code = Code::UnknownTarget,
                       .message = "no resource has the address '" + printable(target) + "'",
                       .hint = did_you_mean(target, addresses)});
  }
}

void select_rows(Plan& plan, const PlanOptions& options, Diagnostics& diagnostics) {
  if (options.tags.empty() && options.targets.empty()) return;
  check_choice(plan.declarations, options, diagnostics);
  for (Row& row : plan.rows) row.selected = false;
  for (std::size_t node = 0; node < plan.rows.size(); ++node) {
    const std::set<std::string>& tags = plan.declarations[node].tags;
    const bool tagged = std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
      return options.tags.count(tag) > 0;
    });
    if (tagged) plan.rows[node].selected = true;
  }
  for (const std::string& target : options.targets) {
    for (std::size_t node = 0; node < plan.rows.size(); ++node) {
      if (named_by(plan.declarations[node], target)) select_with_dependencies(plan, node);
    }
  }
}

}  // namespace holdfast
