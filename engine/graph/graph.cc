#include "engine/graph/graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/strong_components.hpp>
#include <map>
#include <queue>

#include "engine/core/text.h"
#include "engine/graph/edges.h"

namespace holdfast {
namespace {

using Digraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

/// A depth-first search that stops at the first back edge; the path then holds a cycle.
class CycleFinder : public boost::dfs_visitor<> {
 public:
  struct Found {
    std::vector<std::size_t> nodes;
  };
  explicit CycleFinder(std::vector<std::size_t>& path) : path_(&path) {}
  void discover_vertex(std::size_t node, const Digraph&) { path_->push_back(node); }
  void finish_vertex(std::size_t, const Digraph&) { path_->pop_back(); }
  void back_edge(const Digraph::edge_descriptor& edge, const Digraph& graph) {
    Found found;
    const std::size_t first = boost::target(edge, graph);
    found.nodes.assign(std::find(path_->begin(), path_->end(), first), path_->end());
    throw found;  // NOLINT: Boost's way to end a search early; caught below.
  }

 private:
  std::vector<std::size_t>* path_;
};

Digraph digraph_of(const std::vector<Edge>& edges, std::size_t size) {
  Digraph digraph(size);
  for (const Edge& edge : edges) boost::add_edge(edge.from, edge.to, digraph);
  return digraph;
}

std::vector<std::size_t> find_cycle(const std::vector<Edge>& edges, std::size_t size) {
  const Digraph digraph = digraph_of(edges, size);
  std::vector<std::size_t> path;
  try {
    boost::depth_first_search(digraph, boost::visitor(CycleFinder(path)));
  } catch (const CycleFinder::Found& found) {
    return found.nodes;
  }
  return {};
}

/// One of each knot of resources that wait for one another.
std::vector<std::vector<std::size_t>> find_cycles(const std::vector<Edge>& edges,
                                                  std::size_t size) {
  const Digraph digraph = digraph_of(edges, size);
  std::vector<std::size_t> knot_of(size);
  boost::strong_components(digraph, boost::make_iterator_property_map(
                                        knot_of.begin(), boost::get(boost::vertex_index, digraph)));
  std::map<std::size_t, std::vector<Edge>> knots;
  for (const Edge& edge : edges) {
    if (knot_of[edge.from] == knot_of[edge.to]) knots[knot_of[edge.from]].push_back(edge);
  }
  std::vector<std::vector<std::size_t>> out;
  for (const auto& [knot, inner] : knots) out.push_back(find_cycle(inner, size));
  std::sort(out.begin(), out.end());
  return out;
}

Error cycle_error(const std::vector<std::size_t>& nodes, const std::vector<Edge>& edges,
                  const std::vector<Declaration>& declarations) {
  const auto label = [&](std::size_t node) {
    return printable(declarations[node].host + " " + declarations[node].resource.address());
  };
  Error error{.code = Code::DependencyCycle, .message = "these resources wait for one another: "};
  for (const std::size_t node : nodes) error.message += label(node) + " -> ";
  error.message += label(nodes.front());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::size_t from = nodes[i];
    const std::size_t to = nodes[(i + 1) % nodes.size()];
    const auto edge = std::find_if(edges.begin(), edges.end(),
                                   [&](const Edge& e) { return e.from == from && e.to == to; });
    const Position& place = edge->where.known() ? edge->where : declarations[to].resource.where;
    error.notes.push_back(
        {place, label(from) + " goes before " + label(to) + " (" + printable(edge->reason) + ")"});
  }
  error.where = error.notes.front().where;
  error.hint = "take one of these edges away";
  return error;
}

}  // namespace

Graph Graph::build(const std::vector<Declaration>& declarations, const Registry& registry,
                   const std::map<std::string, std::string>& machine, Diagnostics& diagnostics,
                   const LeftOut& left_out) {
  Graph graph;
  graph.edges_ = collect_edges(declarations, registry, machine, left_out, diagnostics);
  graph.before_.resize(declarations.size());
  graph.after_.resize(declarations.size());
  for (const Edge& edge : graph.edges_) {
    graph.before_[edge.to].push_back(edge.from);
    graph.after_[edge.from].push_back(edge.to);
  }
  const auto cycles = find_cycles(graph.edges_, declarations.size());
  for (const std::vector<std::size_t>& cycle : cycles) {
    diagnostics.error(cycle_error(cycle, graph.edges_, declarations));
  }
  if (cycles.empty()) graph.sort(declarations);
  return graph;
}

/// Boost's topological sort has no preference among ready nodes; the file's order is ours to keep.
void Graph::sort(const std::vector<Declaration>& declarations) {
  const auto later = [&](std::size_t a, std::size_t b) {
    return std::pair(declarations[a].rank, a) > std::pair(declarations[b].rank, b);
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> ready(later);
  std::vector<std::size_t> waiting(declarations.size());
  for (std::size_t i = 0; i < declarations.size(); ++i) {
    waiting[i] = before_[i].size();
    if (waiting[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    order_.push_back(node);
    for (const std::size_t next : after_[node]) {
      if (--waiting[next] == 0) ready.push(next);
    }
  }
}

}  // namespace holdfast
