#include <algorithm>
#include <map>
#include <set>

#include "engine/plan/plan.h"

namespace holdfast {
namespace {

/// Whose objects on one machine this run judges.
class Judged {
 public:
  /// @param names  Of the machine.
  Judged(const Catalog& catalog, const std::vector<std::string>& names, bool all_manifests)
      : all_manifests_(all_manifests) {
    const auto add = [&](const std::vector<Owner>& from, std::set<Owner>& to) {
      for (const Owner& owner : from) {
        if (std::find(names.begin(), names.end(), owner.host) != names.end()) to.insert(owner);
      }
    };
    add(catalog.owners, known_);
    add(catalog.unsure, unsure_);
  }

  bool judges(const Owner& owner) const {
    if (known_.count(owner) > 0) return true;
    // What a manifest made that is gone may be among what another one doesn't know by name yet.
    return all_manifests_ && unsure_.empty() &&
           std::any_of(known_.begin(), known_.end(), [&](const Owner& ours) {
             return ours.project == owner.project && ours.environment == owner.environment &&
                    ours.host == owner.host;
           });
  }

 private:
  bool all_manifests_;
  std::set<Owner> known_, unsure_;
};

Declaration to_absent(const ObjectRecord& record, const std::string& host, int rank) {
  Declaration out{.host = host, .owner = record.owner, .resource = {}};
  out.resource.kind = record.kind;
  out.resource.name = record.name;
  out.resource.desired = record.attributes;
  out.resource.absent = true;
  out.rank = rank;
  out.keep = !record.created;
  out.protect = record.protect;
  const std::string own = record.kind + " " + record.name;
  if (record.address.size() > own.size()) {
    out.resource.path = record.address.substr(0, record.address.size() - own.size());
  }
  return out;
}

using Orphans = std::map<std::string, Declaration*>;

/// Gives `identity` its rank, once what it was made after has a later one.
void retire(const HostState& state, const Orphans& orphans, const std::string& identity,
            std::set<std::string>& visited, int& rank) {
  if (orphans.count(identity) == 0 || !visited.insert(identity).second) return;
  for (const std::string& before : state.objects.at(identity).after)
    retire(state, orphans, before, visited, rank);
  orphans.at(identity)->rank = rank--;
}

/// What was made last goes first. Only ranked, no edges: records of different runs may contradict
/// one another.
void rank_by_age(const HostState& state, const Orphans& orphans, int first) {
  std::set<std::string> visited;
  int rank = first + static_cast<int>(orphans.size());
  for (const auto& [identity, orphan] : orphans) retire(state, orphans, identity, visited, rank);
}

/// `was:` says that the old name goes: that is consent enough. It goes after the new one has come.
void rename(Declaration& old, const Declaration& now) {
  old.keep = false;
  old.protect = now.protect;
  old.on_failure = now.on_failure;
  old.renamed_to = now.resource.address();
  if (!now.resource.absent) old.requires_.push_back({.address = old.renamed_to});
}

}  // namespace

bool goes(const Declaration& orphan, const PlanOptions& options) {
  return !orphan.keep && (options.prune || !orphan.renamed_to.empty());
}

std::vector<Declaration> orphans(const HostState& state, const Catalog& catalog,
                                 const std::vector<std::string>& names, const Registry& registry,
                                 bool all_manifests) {
  const std::string& host = names.front();
  std::set<std::string> named;
  std::map<std::string, const Declaration*> renamed;
  int rank = 0;
  for (const Declaration& d : catalog.declarations) {
    rank = std::max(rank, d.rank + 1);
    const Kind* kind = registry.kind(d.resource.kind);
    if (d.host != host || kind == nullptr) continue;
    named.insert(kind->identity(d.resource));
    if (!d.was) continue;
    Resource old = d.resource;
    old.name = *d.was;
    renamed.emplace(kind->identity(old), &d);
  }
  const Judged owners(catalog, names, all_manifests);
  std::vector<Declaration> out;
  std::vector<std::string> identities;
  for (const auto& [identity, record] : state.objects) {
    if (named.count(identity) > 0 || registry.kind(record.kind) == nullptr) continue;
    if (!owners.judges(record.owner)) continue;
    out.push_back(to_absent(record, host, rank));
    if (const auto found = renamed.find(identity); found != renamed.end()) {
      rename(out.back(), *found->second);
    }
    identities.push_back(identity);
  }
  Orphans by_identity;
  for (std::size_t i = 0; i < out.size(); ++i) by_identity[identities[i]] = &out[i];
  rank_by_age(state, by_identity, rank);
  return out;
}

}  // namespace holdfast
