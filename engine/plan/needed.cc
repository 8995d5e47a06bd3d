#include "engine/plan/needed.h"

#include <algorithm>
#include <set>

#include "engine/core/text.h"
#include "engine/plan/missing.h"

namespace holdfast {
namespace {

/// Of a long list the first ones tell enough.
constexpr std::size_t kNamed = 5;

bool goes(const Plan& plan, std::size_t node) {
  const Row& row = plan.rows[node];
  return row.selected && row.changes() && !row.refused && !plan.declarations[node].audit &&
         row.change.action == Action::Delete;
}

std::string named(const std::vector<std::string>& tokens) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < std::min(tokens.size(), kNamed); ++i)
    words.push_back(printable(spoken(tokens[i])));
  const std::size_t more = tokens.size() - words.size();
  return join(words, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

/// One host's removals.
class Removals {
 public:
  Removals(Plan& plan, const HostInput& input, const Registry& registry)
      : plan_(plan), input_(input), registry_(registry) {
    for (std::size_t i = 0; i < plan.rows.size(); ++i) {
      if (plan.declarations[i].host == input.host && goes(plan, i)) going_.push_back(i);
    }
  }

  /// One that stays may need another that was to go.
  void refuse_needed() {
    for (bool again = true; again;) {
      again = false;
      const std::set<std::string> gone = provided();
      for (const std::size_t node : going_) {
        if (!goes(plan_, node)) continue;
        const std::vector<std::string> users = staying_users(node, gone);
        if (users.empty()) continue;
        refuse(node, users);
        again = true;
      }
    }
  }

 private:
  const Kind& kind(std::size_t node) const {
    return *registry_.kind(plan_.declarations[node].resource.kind);
  }

  std::set<std::string> provided() const {
    std::set<std::string> out;
    for (const std::size_t node : going_) {
      if (!goes(plan_, node)) continue;
      for (std::string& token : kind(node).links(plan_.declarations[node].resource).provides)
        out.insert(std::move(token));
    }
    return out;
  }

  std::vector<std::string> staying_users(std::size_t node,
                                         const std::set<std::string>& gone) const {
    std::vector<std::string> out =
        kind(node).needed_by(plan_.declarations[node].resource, input_.seen.answers);
    std::erase_if(out, [&](const std::string& token) { return gone.count(token) > 0; });
    return out;
  }

  void refuse(std::size_t node, const std::vector<std::string>& users) {
    const Declaration& declaration = plan_.declarations[node];
    plan_.rows[node].refused =
        Error{.code = Code::StillNeeded,
              .message = printable(declaration.host + " " + declaration.resource.address()) +
                         " is needed by " + named(users),
              .where = declaration.resource.where,
              .hint = "let them go in the same run, or keep this one"};
  }

  Plan& plan_;
  const HostInput& input_;
  const Registry& registry_;
  std::vector<std::size_t> going_;
};

}  // namespace

void refuse_needed(Plan& plan, const std::vector<HostInput>& inputs, const Registry& registry) {
  for (const HostInput& input : inputs) {
    if (!input.unreachable) Removals(plan, input, registry).refuse_needed();
  }
}

}  // namespace holdfast
