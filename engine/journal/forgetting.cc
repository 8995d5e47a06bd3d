#include "engine/journal/forgetting.h"

#include <algorithm>

#include "engine/core/suggest.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

bool is_ours(const ObjectRecord& object, const Forgetting& what) {
  return object.owner.project == what.project && object.owner.environment == what.environment;
}

/// "/etc/motd" for "file /etc/motd", or what is spelt nearly so.
std::string hint(const std::string& address, const std::set<std::string>& ours,
                 const std::map<std::string, Owner>& others) {
  for (const std::string& known : ours) {
    if (ends_with(known, " " + address)) return "did you mean '" + printable(known) + "'?";
  }
  const auto other = others.find(address);
  if (other != others.end()) return "it belongs to " + printable(other->second.text());
  return did_you_mean(address, {ours.begin(), ours.end()});
}

}  // namespace

std::vector<std::string> released(const HostState& record, const Forgetting& what) {
  std::vector<std::string> out;
  for (const auto& [identity, object] : record.objects) {
    const auto& named = what.addresses;
    const bool wanted =
        named.empty() || std::find(named.begin(), named.end(), object.address) != named.end();
    if (wanted && is_ours(object, what)) out.push_back(identity);
  }
  return out;
}

std::vector<Error> unknown_addresses(const std::vector<std::optional<HostState>>& records,
                                     const Forgetting& what) {
  std::set<std::string> ours;
  std::map<std::string, Owner> others;
  for (const std::optional<HostState>& record : records) {
    if (!record) return {};
    for (const auto& [identity, object] : record->objects) {
      if (is_ours(object, what)) {
        ours.insert(object.address);
      } else {
        others.emplace(object.address, object.owner);
      }
    }
  }
  std::vector<Error> out;
  for (const std::string& address : what.addresses) {
    if (ours.count(address) > 0) continue;
    out.push_back({.code = Code::UnknownTarget,
                   .message = "no record has '" + printable(address) + "' as ours",
                   .hint = hint(address, ours, others)});
  }
  return out;
}

}  // namespace holdfast
