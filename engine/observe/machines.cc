#include "engine/observe/machines.h"

#include <map>

#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::size_t kWordBytes = 6;  ///< A process' name holds fifteen characters.

/// What tells machines apart on the network; this machine itself has one, too.
std::string key_of(const Host& host) {
  const Peer& peer = host.peer();
  return peer.host_key.empty() ? peer.address : peer.host_key;
}

/// Whether a login made through `first` is there when looked for through `second`. A copy of a
/// running machine has all ids of the original, but not what has happened since.
Result<bool> one_machine(Host& first, Host& second, Deadline deadline) {
  HF_TRY(const std::optional<Mark> mark, first.mark(random_hex(kWordBytes), deadline));
  if (!mark) return false;
  return second.sees(*mark, deadline);
}

Error cloned(const Sighting& first, const Sighting& second) {
  const bool same_ids = first.machine_id == second.machine_id && first.boot_id == second.boot_id;
  return {.code = Code::ClonedMachine,
          .message = printable(first.host->name() + " and " + second.host->name() +
                               " show the same host key " + key_of(*second.host)) +
                     (same_ids ? ", but neither sees what the other does"
                               : ", but are not the same system"),
          .where = second.where,
          .hint = "two machines with one identity: give each its own host keys and machine id",
          .notes = {{first.where, "the other name"}}};
}

}  // namespace

std::vector<bool> share_a_key(const std::vector<Host*>& hosts) {
  std::map<std::string, int> names;
  for (const Host* host : hosts) {
    if (host != nullptr) ++names[key_of(*host)];
  }
  std::vector<bool> out;
  for (const Host* host : hosts) out.push_back(host != nullptr && names[key_of(*host)] > 1);
  return out;
}

std::vector<std::size_t> find_machines(const std::vector<Sighting>& sightings, Deadline deadline,
                                       Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> first_with;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < sightings.size(); ++i) {
    out.push_back(i);
    const Sighting& second = sightings[i];
    if (second.host == nullptr) continue;
    const auto [found, fresh] = first_with.emplace(key_of(*second.host), i);
    if (fresh) continue;
    const Sighting& first = sightings[found->second];
    if (first.machine_id != second.machine_id || first.boot_id != second.boot_id) {
      diagnostics.error(cloned(first, second));
      continue;
    }
    auto same = one_machine(*first.host, *second.host, deadline);
    if (!same) {
      diagnostics.error(std::move(same.error()));
    } else if (*same) {
      out[i] = found->second;
    } else {
      diagnostics.error(cloned(first, second));
    }
  }
  return out;
}

}  // namespace holdfast
