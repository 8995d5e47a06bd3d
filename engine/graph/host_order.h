#pragma once

#include <map>
#include <set>
#include <string>

namespace holdfast {

/// Which hosts come after which. It has no circle: what was said first counts.
class HostOrder {
 public:
  /// @return false: that one comes after this one already, or is it.
  bool put_after(const std::string& late, const std::string& first);
  /// All that come before a host, also by way of others.
  const std::set<std::string>& before(const std::string& host) const;

 private:
  std::map<std::string, std::set<std::string>> before_;
};

}  // namespace holdfast
