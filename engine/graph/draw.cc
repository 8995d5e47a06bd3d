#include "engine/core/text.h"
#include "engine/graph/graph.h"

namespace holdfast {
namespace {

/// Safe inside a quoted label of both languages.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '"') {
      out += "&quot;";
    } else if (c == '\\') {
      out += "&#92;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string node_name(std::size_t node) { return "n" + std::to_string(node); }

std::map<std::string, std::vector<std::size_t>> by_host(
    const std::vector<Declaration>& declarations) {
  std::map<std::string, std::vector<std::size_t>> hosts;
  for (std::size_t i = 0; i < declarations.size(); ++i) hosts[declarations[i].host].push_back(i);
  return hosts;
}

}  // namespace

std::string graph_dot(const Graph& graph, const std::vector<Declaration>& declarations) {
  std::string out = "digraph holdfast {\n  rankdir=LR;\n  node [shape=box];\n";
  std::size_t cluster = 0;
  for (const auto& [host, nodes] : by_host(declarations)) {
    out += "  subgraph cluster_" + std::to_string(cluster++) + " {\n    label=\"" + label(host) +
           "\";\n";
    for (const std::size_t node : nodes) {
      out += "    " + node_name(node) + " [label=\"" +
             label(declarations[node].resource.address()) + "\"];\n";
    }
    out += "  }\n";
  }
  for (const Edge& edge : graph.edges()) {
    out += "  " + node_name(edge.from) + " -> " + node_name(edge.to) + " [label=\"" +
           label(edge.reason) + "\"];\n";
  }
  return out + "}\n";
}

std::string graph_mermaid(const Graph& graph, const std::vector<Declaration>& declarations) {
  std::string out = "flowchart LR\n";
  std::size_t cluster = 0;
  for (const auto& [host, nodes] : by_host(declarations)) {
    out += "  subgraph h" + std::to_string(cluster++) + "[\"" + label(host) + "\"]\n";
    for (const std::size_t node : nodes) {
      out +=
          "    " + node_name(node) + "[\"" + label(declarations[node].resource.address()) + "\"]\n";
    }
    out += "  end\n";
  }
  for (const Edge& edge : graph.edges()) {
    out += "  " + node_name(edge.from) + " -->|\"" + label(edge.reason) + "\"| " +
           node_name(edge.to) + "\n";
  }
  return out;
}

}  // namespace holdfast
