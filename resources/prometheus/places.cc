#include <algorithm>

#include "engine/core/yaml.h"
#include "resources/prometheus/rules.h"

namespace holdfast {
namespace {

const YamlNode* node_at(const YamlNode& node, const Position& where) {
  if (node.where.line == where.line && node.where.column == where.column) return &node;
  for (const YamlNode& item : node.items) {
    if (const YamlNode* found = node_at(item, where)) return found;
  }
  for (const YamlNode::Entry& entry : node.entries) {
    if (const YamlNode* found = node_at(entry.value, where)) return found;
  }
  return nullptr;
}

/// As deep as the path leads; the place of a key, where its value is what is meant.
struct Found {
  const YamlNode* node = nullptr;
  Position key{};
  bool whole = true;  ///< It leads to the end.
};

Found walk(const YamlNode& from, const TreePath& path, std::size_t first) {
  Found out{.node = &from};
  for (std::size_t i = first; i < path.size(); ++i) {
    const auto* index = std::get_if<std::size_t>(&path[i]);
    if (index != nullptr) {
      out.whole = *index < out.node->items.size();
      if (!out.whole) return out;
      out.node = &out.node->items[*index];
      out.key = {};
      continue;
    }
    const std::string& key = std::get<std::string>(path[i]);
    const auto entry = std::find_if(out.node->entries.begin(), out.node->entries.end(),
                                    [&](const YamlNode::Entry& one) { return one.key == key; });
    out.whole = entry != out.node->entries.end();
    if (!out.whole) return out;
    out.node = &entry->value;
    out.key = entry->where;
  }
  return out;
}

/// The place of a byte of a scalar's text, as far as its lines are those that are written.
Position inside(const YamlNode& node, std::size_t offset, std::size_t length) {
  Position out = node.where;
  if (node.kind != YamlNode::Kind::Scalar || length == 0 || offset > node.scalar.size()) return out;
  // What is meant is the rendered text.
  if (node.scalar.find("{{") != std::string::npos) return out;
  const std::string_view before = std::string_view(node.scalar).substr(0, offset);
  const auto newline = before.rfind('\n');
  Position at = node.text;
  if (node.style == YamlNode::Style::Literal) {
    at.line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    at.column = node.block_indent + 1 +
                static_cast<int>(newline == std::string_view::npos ? offset : offset - newline - 1);
  } else {
    at.column += static_cast<int>(offset);
  }
  const std::string_view written = at.line_text();
  const std::string_view meant = std::string_view(node.scalar).substr(offset, length);
  const auto column = static_cast<std::size_t>(std::max(at.column - 1, 0));
  const std::string_view first = meant.substr(0, meant.find('\n'));
  if (column > written.size() || written.substr(column, first.size()) != first) return out;
  at.length = static_cast<int>(std::max<std::size_t>(first.size(), 1));
  return at;
}

Position place_in_node(const Found& found, const RuleMistake& mistake) {
  if (!found.whole || found.node->kind == YamlNode::Kind::Null) {
    return found.key.known() ? found.key : found.node->where;
  }
  return inside(*found.node, mistake.offset, mistake.length);
}

}  // namespace

Position place_in_attribute(const Resource& resource, const std::string& attribute,
                            const TreePath& path) {
  const auto place = resource.places.find(attribute);
  if (place == resource.places.end() || !place->second.known()) return resource.where;
  const ParsedYaml parsed = parse_yaml_on(place->second.source);
  for (const YamlNode& document : parsed.documents) {
    const YamlNode* node = node_at(document, place->second);
    if (node == nullptr) continue;
    const Position found = place_in_node(walk(*node, path, 0), {});
    return found.known() ? found : place->second;
  }
  return place->second;
}

Position place_of(const Resource& resource, const RuleMistake& mistake) {
  if (resource.get("groups") != nullptr) {
    const auto place = resource.places.find("groups");
    if (place == resource.places.end() || !place->second.known()) return resource.where;
    const ParsedYaml parsed = parse_yaml_on(place->second.source);
    for (const YamlNode& document : parsed.documents) {
      const YamlNode* groups = node_at(document, place->second);
      if (groups == nullptr) continue;
      // A value that an expression gave stands elsewhere.
      const Position found = place_in_node(walk(*groups, mistake.path, 1), mistake);
      return found.known() ? found : place->second;
    }
    return place->second;
  }
  const Value* content = resource.get("content");
  if (content == nullptr) return resource.where;
  const auto documents =
      parse_yaml(std::make_shared<const Source>(Source{"content", std::string(content->bytes())}));
  if (!documents || documents->empty()) return resource.place_in("content", 1, 1, 1);
  const Position found = place_in_node(walk(documents->front(), mistake.path, 0), mistake);
  return resource.place_in("content", std::max(found.line, 1), std::max(found.column, 1),
                           found.length);
}

}  // namespace holdfast
