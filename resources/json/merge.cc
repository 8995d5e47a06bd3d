#include "resources/json/merge.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

void add_leaves(const ValueMap& map, JsonPath& path, std::vector<JsonLeaf>& out) {
  for (const auto& [key, value] : map) {
    path.push_back(key);
    if (value.is_map() && !value.as_map().empty()) {
      add_leaves(value.as_map(), path, out);
    } else {
      out.push_back({path, value});
    }
    path.pop_back();
  }
}

/// A value inside a map for each key from `from` on.
Value wrapped(const JsonPath& path, std::size_t from, const Value& value) {
  if (from >= path.size()) return value;
  ValueMap out;
  out.set(path[from], wrapped(path, from + 1, value));
  return out;
}

/// Changes a text in one place after the other.
class Editor {
 public:
  explicit Editor(std::string_view text) : text_(text) {
    if (trim(text_).empty()) text_ = "{}\n";
    read();
    layout_ = layout_of(root_);
  }

  void set(const JsonLeaf& leaf) {
    const JsonNode* node = &root_;
    for (std::size_t i = 0; i < leaf.path.size(); ++i) {
      const JsonMember* member = node->find(leaf.path[i]);
      if (member == nullptr)
        return insert(*node, leaf.path[i], wrapped(leaf.path, i + 1, leaf.value));
      const bool last = i + 1 == leaf.path.size();
      if (!last && !member->value.is_map())
        return replace(member->value, wrapped(leaf.path, i + 1, leaf.value));
      node = &member->value;
    }
    const bool empty_map = leaf.value.is_map() && leaf.value.as_map().empty();
    if ((empty_map && node->is_map()) || json_same(*node, leaf.value)) return;
    replace(*node, leaf.value);
  }

  void remove(const JsonPath& path) {
    const JsonNode* node = &root_;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const JsonMember* member = node->find(path[i]);
      if (member == nullptr) return;
      node = &member->value;
    }
    const JsonMember* member = node->find(path.back());
    if (member == nullptr) return;
    const std::vector<JsonMember>& all = node->members;
    const auto index = static_cast<std::size_t>(member - all.data());
    if (all.size() == 1) {
      put(node->begin, node->end, "{}");
    } else if (index == 0) {
      put(member->begin, all[1].begin, "");
    } else {
      put(all[index - 1].value.end, member->value.end, "");
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void read() {
    JsonMistake ignored;
    root_ = parse_json_text(text_, ignored).value_or(JsonNode{});
  }

  void put(std::size_t begin, std::size_t end, const std::string& with) {
    text_.replace(begin, end - begin, with);
    read();
  }

  std::string before(const JsonMember& member) const {
    return text_.substr(member.after, member.begin - member.after);
  }

  /// Lines as the first member of the root stands on one, else one line.
  JsonLayout layout_of(const JsonNode& root) const {
    if (root.members.empty()) return {};
    const std::string gap = before(root.members.front());
    const std::size_t end = gap.rfind('\n');
    if (end == std::string::npos) return {.newline = "", .unit = ""};
    const bool carriage = end > 0 && gap[end - 1] == '\r';
    return {.newline = carriage ? "\r\n" : "\n", .unit = gap.substr(end + 1)};
  }

  /// White space before the first word of the line.
  std::string indent_at(std::size_t at) const {
    if (layout_.newline.empty()) return {};
    const std::size_t line = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
    const std::size_t begin = line == std::string::npos ? 0 : line + 1;
    return text_.substr(begin, text_.find_first_not_of(" \t", begin) - begin);
  }

  void replace(const JsonNode& node, const Value& value) {
    put(node.begin, node.end, json_text(value, layout_, indent_at(node.begin)));
  }

  void insert(const JsonNode& map, const std::string& key, const Value& value) {
    ValueMap entry;
    entry.set(key, value);
    if (map.members.empty()) return replace(map, Value(std::move(entry)));
    const JsonMember& last = map.members.back();
    std::string gap = before(last);
    const std::size_t line = gap.rfind('\n');
    JsonLayout layout = layout_;
    if (line == std::string::npos) layout = {.newline = "", .unit = ""};
    const std::string indent = line == std::string::npos ? "" : gap.substr(line + 1);
    const std::string colon = text_.substr(last.colon, last.value.begin - last.colon);
    if (gap.empty() && colon != ":") gap = " ";
    const std::string name = json_text(Value(key), layout, "");
    put(last.value.end, last.value.end,
        "," + gap + name + colon + json_text(value, layout, indent));
  }

  std::string text_;
  JsonNode root_;
  JsonLayout layout_;
};

}  // namespace

std::string json_pointer(const JsonPath& path) {
  std::string out;
  for (const std::string& key : path) {
    out += '/';
    for (const char c : key) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
  }
  return out;
}

std::optional<JsonPath> read_json_pointer(std::string_view text) {
  if (!starts_with(text, "/")) return std::nullopt;
  JsonPath out;
  for (const std::string_view part : split(text.substr(1), '/')) {
    std::string key;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] != '~') {
        key += part[i];
        continue;
      }
      const char next = i + 1 < part.size() ? part[i + 1] : ' ';
      if (next != '0' && next != '1') return std::nullopt;
      key += next == '0' ? '~' : '/';
      ++i;
    }
    out.push_back(std::move(key));
  }
  return out;
}

std::vector<JsonLeaf> json_leaves(const ValueMap& map) {
  std::vector<JsonLeaf> out;
  JsonPath path;
  add_leaves(map, path, out);
  return out;
}

const JsonNode* json_find(const JsonNode& root, const JsonPath& path) {
  const JsonNode* node = &root;
  for (const std::string& key : path) {
    if (!node->is_map()) return node;
    const JsonMember* member = node->find(key);
    if (member == nullptr) return nullptr;
    node = &member->value;
  }
  return node;
}

const JsonNode* json_exact(const JsonNode& root, const JsonPath& path) {
  const JsonNode* node = &root;
  for (const std::string& key : path) {
    const JsonMember* member = node->find(key);
    if (member == nullptr) return nullptr;
    node = &member->value;
  }
  return node;
}

std::string json_merged(std::string_view text, const std::vector<JsonLeaf>& set,
                        const std::vector<JsonPath>& remove) {
  Editor editor(text);
  for (const JsonPath& path : remove) editor.remove(path);
  for (const JsonLeaf& leaf : set) editor.set(leaf);
  return editor.take();
}

}  // namespace holdfast
