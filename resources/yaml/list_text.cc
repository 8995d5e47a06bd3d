#include "resources/yaml/list_text.h"

#include <algorithm>

#include "engine/core/text.h"
#include "engine/core/yaml.h"

namespace holdfast {

std::string_view yaml_edit_list_sh();

namespace {

constexpr std::string_view kMark = "# holdfast";

struct Line {
  std::size_t begin = 0, end = 0;  ///< With its newline.
  std::size_t indent = 0;
  std::string_view text{};  ///< Behind the indentation.

  bool comment() const { return !text.empty() && text.front() == '#'; }
  bool empty() const { return text.empty() || comment(); }
  bool item() const { return text == "-" || starts_with(text, "- ") || starts_with(text, "-\t"); }
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = std::min(text.find('\n', at), text.size() - 1);
    Line line{.begin = at, .end = newline + 1};
    std::string_view all = text.substr(at, line.end - at);
    while (!all.empty() && (all.back() == '\n' || all.back() == '\r')) all.remove_suffix(1);
    const auto first = all.find_first_not_of(' ');
    line.indent = first == std::string_view::npos ? all.size() : first;
    line.text = trim(all.substr(line.indent));
    if (line.item()) line.text = all.substr(line.indent);
    out.push_back(line);
    at = line.end;
  }
  return out;
}

/// An item that begins on a line, with the marks above it.
YamlListItem begun_at(const std::vector<Line>& all, std::size_t key, std::size_t line) {
  std::size_t first = line;
  while (first > key + 1 && starts_with(all[first - 1].text, kMark)) --first;
  YamlListItem out{.begin = all[first].begin};
  if (first < line) out.mark = std::string(trim(all[first].text.substr(1)));
  return out;
}

/// The items of a list that begins behind line `key` (from 0), by their lines.
std::vector<YamlListItem> item_lines(const std::vector<Line>& all, std::size_t key) {
  std::vector<YamlListItem> out;
  std::optional<std::size_t> indent;
  std::size_t last = key;  ///< The last line that belongs to an item.
  const auto close = [&] {
    if (!out.empty()) out.back().end = all[last].end;
  };
  for (std::size_t i = key + 1; i < all.size(); ++i) {
    const Line& line = all[i];
    if (line.empty()) {
      if (indent && line.comment() && line.indent > *indent && last + 1 == i) last = i;
      continue;
    }
    if (!indent) {
      if (!line.item() || line.indent < all[key].indent) break;
      indent = line.indent;
    }
    if (line.indent < *indent || (line.indent == *indent && !line.item())) break;
    if (line.indent == *indent) {
      close();
      out.push_back(begun_at(all, key, i));
    }
    last = i;
  }
  close();
  return out;
}

/// The entry at the end of the path; nullptr where there is none, with what stands in the way.
const YamlNode::Entry* walk(const YamlNode& root, const std::vector<std::string>& path,
                            std::string& odd) {
  const YamlNode* map = &root;
  const YamlNode::Entry* found = nullptr;
  for (const std::string& key : path) {
    if (map->kind == YamlNode::Kind::Null) return nullptr;
    if (map->kind != YamlNode::Kind::Mapping) {
      odd = "'" + (found == nullptr ? std::string("it") : found->key) + "' is no map";
      return nullptr;
    }
    const auto at = std::find_if(map->entries.begin(), map->entries.end(),
                                 [&](const YamlNode::Entry& entry) { return entry.key == key; });
    if (at == map->entries.end()) return nullptr;
    found = &*at;
    map = &found->value;
  }
  return found;
}

}  // namespace

std::optional<YamlListText> read_yaml_list(std::string_view text,
                                           const std::vector<std::string>& path,
                                           YamlMistake& mistake) {
  const auto documents =
      parse_yaml(std::make_shared<const Source>(Source{path.back(), std::string(text)}));
  if (!documents) {
    mistake = {documents.error().where.line, documents.error().where.column,
               documents.error().message};
    return std::nullopt;
  }
  YamlListText out;
  const YamlNode blank;
  const YamlNode& root = documents->empty() ? blank : documents->front();
  const bool map = root.kind == YamlNode::Kind::Mapping || root.kind == YamlNode::Kind::Null;
  if (documents->size() > 1 || !map) {
    mistake = {1, 1, documents->size() > 1 ? "more than one document" : "not a map of keys"};
    return std::nullopt;
  }
  out.root = yaml12_value(root);
  const YamlNode::Entry* entry = walk(root, path, out.odd);
  if (entry == nullptr || entry->value.kind == YamlNode::Kind::Null) return out;
  const std::string key = "'" + path.back() + "'";
  if (entry->value.kind != YamlNode::Kind::Sequence) {
    out.odd = key + " is no list";
    return out;
  }
  if (entry->value.items.empty()) return out;
  out.items = item_lines(lines_of(text), static_cast<std::size_t>(entry->where.line) - 1);
  if (out.items.size() != entry->value.items.size()) {
    out.items.clear();
    out.odd = "the items of " + key + " don't stand on lines of their own";
    // What they say can be told all the same.
    for (const YamlNode& item : entry->value.items)
      out.items.push_back({.value = yaml12_value(item)});
    return out;
  }
  for (std::size_t i = 0; i < out.items.size(); ++i) {
    out.items[i].value = yaml12_value(entry->value.items[i]);
  }
  return out;
}

Run edit_list(const YamlListEdit& edit) {
  const std::string old(edit.old.bytes());
  std::string item = edit.item;
  if (!old.empty() && !item.empty()) {
    // It stands where the old one stood.
    const std::string margin(std::min(old.find_first_not_of(' '), old.size()), ' ');
    std::string moved;
    for (const std::string_view line : lines(item)) {
      moved += (line.empty() ? "" : margin + std::string(line)) + "\n";
    }
    item = std::move(moved);
  }
  std::string both = std::to_string(old.size()) + " " + std::to_string(item.size()) + "\n";
  both += old + item;
  const Value input =
      edit.old.is_secret() ? Value(Secret(std::move(both))) : Value(std::move(both));
  const auto program = [&](const char* mode) {
    return Argv{"sh",
                "-c",
                std::string(yaml_edit_list_sh()),
                "edit-list",
                mode,
                edit.file,
                edit.check,
                edit.path.front(),
                edit.path.size() > 1 ? edit.path[1] : ""};
  };
  return Run{.argv = program("set"),
             .input = input,
             .capture = program("capture"),
             .undo = program("undo"),
             .undo_input = input,
             .secret = edit.old.is_secret(),
             .rehearsal = Rehearsal{},
             .note = edit.note};
}

}  // namespace holdfast
