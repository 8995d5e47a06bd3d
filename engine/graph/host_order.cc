#include "engine/graph/host_order.h"

namespace holdfast {

bool HostOrder::put_after(const std::string& late, const std::string& first) {
  if (late == first || before(first).count(late) > 0) return false;
  if (before(late).count(first) > 0) return true;
  std::set<std::string> earlier = before(first);
  earlier.insert(first);
  before_.try_emplace(late);
  for (auto& [host, all] : before_) {
    if (host == late || all.count(late) > 0) all.insert(earlier.begin(), earlier.end());
  }
  return true;
}

const std::set<std::string>& HostOrder::before(const std::string& host) const {
  static const std::set<std::string> kNone;
  const auto found = before_.find(host);
  return found == before_.end() ? kNone : found->second;
}

}  // namespace holdfast
