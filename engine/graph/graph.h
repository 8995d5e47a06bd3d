#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/kind.h"
#include "engine/manifest/manifest.h"

namespace holdfast {

/// One must be done before another, and why.
struct Edge {
  std::size_t from = 0;  ///< Index into the declarations.
  std::size_t to = 0;
  std::string reason;  ///< "requires", "before", "restart_on", "needs path:/etc" …
  Position where{};    ///< Of an explicit one.
};

/// The order of a run: one acyclic graph over all (host, resource) pairs.
class Graph {
 public:
  /// Adds implied edges (Kind::links) within a machine and the explicit ones, across hosts too. An
  /// edge whose end is to be absent is turned round: what rests on a thing goes before the thing
  /// does.
  /// @param machine  The machine of each host, so that two names of one machine share their implied
  /// edges; itself where missing.
  /// @param left_out  What may be named though no declaration is there: its own error says why.
  /// @errors HF3001 a cycle, shown whole with its lines; HF3002 a reference to a resource that
  /// isn't there, with the nearest.
  static Graph build(const std::vector<Declaration>& declarations, const Registry& registry,
                     const std::map<std::string, std::string>& machine, Diagnostics& diagnostics,
                     const LeftOut& left_out = {});

  std::size_t size() const { return after_.size(); }
  const std::vector<Edge>& edges() const { return edges_; }
  /// Indices of what must be done before / after `node`.
  const std::vector<std::size_t>& before(std::size_t node) const { return before_[node]; }
  const std::vector<std::size_t>& after(std::size_t node) const { return after_[node]; }
  /// Every node, dependencies first; of those that are ready, the earliest in the file. Empty where
  /// there is a cycle.
  const std::vector<std::size_t>& order() const { return order_; }

 private:
  void sort(const std::vector<Declaration>& declarations);

  std::vector<Edge> edges_;
  std::vector<std::vector<std::size_t>> before_, after_;
  std::vector<std::size_t> order_;
};

/// The graph in Graphviz's language, hosts as clusters.
std::string graph_dot(const Graph& graph, const std::vector<Declaration>& declarations);
/// The graph as a Mermaid flowchart.
std::string graph_mermaid(const Graph& graph, const std::vector<Declaration>& declarations);

}  // namespace holdfast
