#include "engine/graph/edges.h"

#include <set>
#include <tuple>

#include "engine/core/suggest.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

class Collected {
 public:
  Collected(const std::vector<Declaration>& declarations, Diagnostics& diagnostics)
      : declarations_(declarations), diagnostics_(diagnostics) {}

  /// `needer` rests on `provider`.
  void rests_on(std::size_t needer, std::size_t provider, std::string reason, Position where = {}) {
    if (needer == provider) {
      if (!where.known()) return;
      const Declaration& d = declarations_[needer];
      diagnostics_.error(on_host({.code = Code::DependencyCycle,
                                  .message = printable(d.resource.address()) + " waits for itself",
                                  .where = std::move(where)},
                                 d.host));
      return;
    }
    const bool turned = declarations_[provider].resource.absent;
    const std::size_t from = turned ? needer : provider;
    const std::size_t to = turned ? provider : needer;
    // A service may need a thing and start anew with it: two reasons are two edges.
    const bool fresh = seen_.insert({from, to}).second;
    const bool another_reason = reasons_.insert({from, to, reason}).second;
    if (!fresh && !(another_reason && where.known())) return;
    edges_.push_back({from, to, std::move(reason), std::move(where)});
  }

  std::vector<Edge> take() { return std::move(edges_); }

 private:
  const std::vector<Declaration>& declarations_;
  Diagnostics& diagnostics_;
  std::set<std::pair<std::size_t, std::size_t>> seen_;
  std::set<std::tuple<std::size_t, std::size_t, std::string>> reasons_;
  std::vector<Edge> edges_;
};

void add_implied(const std::vector<Declaration>& declarations, const Registry& registry,
                 const std::map<std::string, std::string>& machine, Collected& edges) {
  const auto machine_of = [&](const std::string& host) {
    const auto found = machine.find(host);
    return found == machine.end() ? host : found->second;
  };
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> providers;
  std::vector<Links> links(declarations.size());
  for (std::size_t i = 0; i < declarations.size(); ++i) {
    const Kind* kind = registry.kind(declarations[i].resource.kind);
    if (kind == nullptr) continue;
    links[i] = kind->links(declarations[i].resource);
    for (const std::string& token : links[i].provides) {
      providers[{machine_of(declarations[i].host), token}].push_back(i);
    }
  }
  for (std::size_t i = 0; i < declarations.size(); ++i) {
    for (const std::string& token : links[i].needs) {
      const auto found = providers.find({machine_of(declarations[i].host), token});
      if (found == providers.end()) continue;
      for (const std::size_t provider : found->second) {
        edges.rests_on(i, provider, "needs " + token);
      }
    }
  }
}

/// Finds declarations by what a manifest calls them.
class Addresses {
 public:
  explicit Addresses(const std::vector<Declaration>& declarations) {
    for (std::size_t i = 0; i < declarations.size(); ++i) {
      const Declaration& d = declarations[i];
      by_host_[d.host][d.resource.address()].push_back(i);
      if (!d.alias.empty()) by_host_[d.host][d.resource.path + d.alias].push_back(i);
    }
  }

  /// What `reference`, written in a resource of `from`, means: first beside it in its module, then
  /// in the modules around it.
  std::vector<std::size_t> find(const Declaration& from, const Reference& reference) const {
    const auto host = by_host_.find(reference.host.value_or(from.host));
    if (host == by_host_.end()) return {};
    std::string path = from.resource.path;
    for (;;) {
      const auto found = host->second.find(path + reference.address);
      if (found != host->second.end()) return found->second;
      if (path.empty()) return {};
      path.pop_back();
      const auto slash = path.rfind('/');
      path = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    }
  }

  /// A hint for an address that nothing has: near ones, or the same within a module.
  std::string near(const std::string& host, const std::string& wanted) const {
    const auto found = by_host_.find(host);
    if (found == by_host_.end()) return {};
    std::vector<std::string> names;
    for (const auto& [address, index] : found->second) {
      if (ends_with(address, "/" + wanted)) return "of a module: '" + printable(address) + "'";
      names.push_back(address);
    }
    return did_you_mean(wanted, names);
  }

 private:
  std::map<std::string, std::map<std::string, std::vector<std::size_t>>> by_host_;
};

void add_explicit(const std::vector<Declaration>& declarations, const LeftOut& left_out,
                  Collected& edges, Diagnostics& diagnostics) {
  const Addresses addresses(declarations);
  for (std::size_t i = 0; i < declarations.size(); ++i) {
    const Declaration& d = declarations[i];
    const auto resolve = [&](const Reference& r) {
      std::vector<std::size_t> found = addresses.find(d, r);
      if (found.empty() && !left_out.may_be(r.address)) {
        const std::string host = r.host.value_or(d.host);
        diagnostics.error(on_host({.code = Code::UnknownReference,
                                   .message = "no resource '" + printable(r.address) + "'",
                                   .where = r.where,
                                   .hint = addresses.near(host, r.address)},
                                  host));
      }
      return found;
    };
    const auto rests_on_all = [&](const std::vector<Reference>& references, const char* reason) {
      for (const Reference& r : references) {
        if (r.elsewhere) continue;
        for (const std::size_t other : resolve(r)) edges.rests_on(i, other, reason, r.where);
      }
    };
    rests_on_all(d.requires_, "requires");
    rests_on_all(d.restart_on, "restart_on");
    rests_on_all(d.reload_on, "reload_on");
    for (const Reference& r : d.before) {
      for (const std::size_t other : resolve(r)) edges.rests_on(other, i, "before", r.where);
    }
  }
}

}  // namespace

std::vector<Edge> collect_edges(const std::vector<Declaration>& declarations,
                                const Registry& registry,
                                const std::map<std::string, std::string>& machine,
                                const LeftOut& left_out, Diagnostics& diagnostics) {
  Collected edges(declarations, diagnostics);
  add_explicit(declarations, left_out, edges, diagnostics);
  add_implied(declarations, registry, machine, edges);
  return edges.take();
}

}  // namespace holdfast
