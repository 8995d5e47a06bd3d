#include "engine/cli/hosts_held.h"

#include "engine/cli/history_book.h"
#include "engine/core/text.h"
#include "engine/history/history.h"

namespace holdfast {

std::set<std::string> hosts_held(const Session& session, const std::set<std::string>& hosts) {
  const auto place = history_place(session);
  if (!place || place->kind == HistoryPlace::Kind::None) return {};
  auto history = History::open(*place, Access::Read);
  if (!history || !*history) return {};
  const auto looks = (*history)->drift({.hosts = {hosts.begin(), hosts.end()}, .latest = true});
  if (!looks) return {};
  const std::string scope = join(session.options().manifests, " ");
  std::set<std::string> seen, out;
  for (const DriftEntry& look : *looks) {
    const bool ours = look.by.project == session.project().name &&
                      look.by.environment == session.environment() &&
                      (scope.empty() || look.scope == scope);
    if (!ours || !seen.insert(look.host).second) continue;
    if (look.resources > 0 || look.orphans > 0) out.insert(look.host);
  }
  return out;
}

}  // namespace holdfast
