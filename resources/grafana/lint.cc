#include "resources/grafana/lint.h"

#include <algorithm>
#include <functional>
#include <set>

#include "engine/core/text.h"
#include "resources/grafana/normal.h"
#include "resources/json/merge.h"

namespace holdfast {
namespace {

constexpr std::size_t kLongestUid = 40;

const JsonNode* child(const JsonNode& node, std::string_view key) {
  const JsonMember* found = node.is_map() ? node.find(key) : nullptr;
  return found == nullptr ? nullptr : &found->value;
}

std::string text_of(const JsonNode& node, std::string_view key) {
  const JsonNode* found = child(node, key);
  return found != nullptr && found->type == JsonNode::Type::Text ? found->text : std::string();
}

/// Calls `each` for the maps of a list.
void for_maps(const JsonNode* list, const std::function<void(const JsonNode&)>& each) {
  if (list == nullptr || list->type != JsonNode::Type::List) return;
  for (const JsonNode& one : list->items) {
    if (one.is_map()) each(one);
  }
}

/// Of the root, and folded into its rows.
std::vector<const JsonNode*> panels_of(const JsonNode& root) {
  std::vector<const JsonNode*> out;
  for_maps(child(root, "panels"), [&](const JsonNode& panel) {
    out.push_back(&panel);
    for_maps(child(panel, "panels"), [&](const JsonNode& folded) { out.push_back(&folded); });
  });
  return out;
}

std::string name_of(const JsonNode& panel, std::size_t index) {
  const Value value = json_value(panel);
  return panel_name(value.as_map(), index);
}

/// A text that stands for a data source, and what would be replaced to name another.
struct SourceReference {
  std::string name{};
  const JsonNode* node = nullptr;
  bool bare = false;  ///< A text, not a map with a uid.
};

void add_references(const JsonNode& node, std::vector<SourceReference>& out) {
  for (const JsonNode& item : node.items) add_references(item, out);
  for (const JsonMember& member : node.members) {
    // What a panel's plugin has under that name is the plugin's own.
    if (member.key == "options") continue;
    const JsonNode& value = member.value;
    if (member.key != "datasource") {
      add_references(value, out);
      continue;
    }
    const JsonNode* uid = child(value, "uid");
    if (value.type == JsonNode::Type::Text) {
      out.push_back({value.text, &value, true});
    } else if (uid != nullptr && uid->type == JsonNode::Type::Text) {
      out.push_back({uid->text, uid, false});
    }
  }
}

std::vector<SourceReference> references(const JsonNode& root) {
  std::vector<SourceReference> out;
  add_references(root, out);
  return out;
}

/// "${NAME}", "$NAME", "[[NAME]]" to "NAME"; "" where it is no variable.
std::string variable_name(std::string_view text) {
  if (starts_with(text, "${") && ends_with(text, "}")) {
    text = text.substr(2, text.size() - 3);
    return std::string(text.substr(0, text.find(':')));
  }
  if (starts_with(text, "[[") && ends_with(text, "]]")) {
    return std::string(text.substr(2, text.size() - 4));
  }
  return starts_with(text, "$") ? std::string(text.substr(1)) : std::string();
}

/// Grafana's own: "-- Mixed --", "grafana", "__expr__".
bool built_in(const std::string& name) {
  static const std::set<std::string> kOwn{
      "",     "default",     "grafana",       "__expr__",
      "-100", "-- Mixed --", "-- Grafana --", "-- Dashboard --"};
  return kOwn.count(name) > 0;
}

std::optional<std::string> mapped(const std::map<std::string, std::string>& sources,
                                  const std::string& name) {
  for (const std::string& key : {name, variable_name(name)}) {
    if (const auto found = sources.find(key); found != sources.end() && !key.empty()) {
      return found->second;
    }
  }
  return std::nullopt;
}

class Linter {
 public:
  Linter(const JsonNode& root, const DashboardSurroundings& around)
      : root_(root), around_(around) {}

  std::vector<DashboardFlaw> run() {
    if (!root_.is_map()) {
      flaw(root_, "no dashboard: it is no map of keys", {});
      return std::move(out_);
    }
    if (const JsonNode* inner = child(root_, "dashboard");
        inner != nullptr && child(root_, "panels") == nullptr) {
      flaw(*inner, "a dashboard inside of something else, as Grafana's API answers with one",
           "keep only what stands under 'dashboard'");
      return std::move(out_);
    }
    head();
    panels();
    sources();
    return std::move(out_);
  }

 private:
  void flaw(const JsonNode& node, std::string what, std::string hint) {
    out_.push_back({std::move(what), std::move(hint), node.begin,
                    std::max<std::size_t>(1, node.end - node.begin)});
  }

  void head() {
    if (trim(text_of(root_, "title")).empty()) {
      const JsonNode* title = child(root_, "title");
      JsonNode first = root_;
      first.end = first.begin + 1;
      flaw(title == nullptr ? first : *title, "it has no title", "Grafana refuses it without one");
    }
    const JsonNode* uid = child(root_, "uid");
    if (uid == nullptr || uid->type == JsonNode::Type::Null) return;
    if (uid->type != JsonNode::Type::Text || !is_grafana_uid(uid->text)) {
      flaw(*uid, "its uid is none that Grafana takes", "at most 40 letters, digits, '-' and '_'");
    } else if (!uid->text.empty() && uid->text != around_.uid) {
      flaw(*uid,
           "its uid is '" + printable(uid->text) + "', and the resource's name is '" +
               printable(around_.uid) + "'",
           "the name of a grafana_dashboard is its uid");
    }
  }

  void panels() {
    std::map<std::string, std::string> ids;
    const std::vector<const JsonNode*> all = panels_of(root_);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string name = name_of(*all[i], i);
      if (text_of(*all[i], "type").empty() && child(*all[i], "libraryPanel") == nullptr) {
        JsonNode first = *all[i];
        first.end = first.begin + 1;
        flaw(first, printable(name) + " has no type", "such as timeseries, stat, table");
      }
      const JsonNode* id = child(*all[i], "id");
      if (id != nullptr && id->type == JsonNode::Type::Number) {
        const auto [other, fresh] = ids.emplace(id->text, name);
        if (!fresh) {
          flaw(*id,
               printable(name) + " has the id " + id->text + ", as " + printable(other->second) +
                   " has",
               "each panel has an id of its own");
        }
      }
      targets(*all[i], name);
    }
  }

  void targets(const JsonNode& panel, const std::string& name) {
    std::set<std::string> seen;
    for_maps(child(panel, "targets"), [&](const JsonNode& target) {
      const JsonNode* reference = child(target, "refId");
      if (reference == nullptr || reference->type != JsonNode::Type::Text) return;
      if (seen.insert(reference->text).second) return;
      flaw(*reference, printable(name) + " has two queries '" + printable(reference->text) + "'",
           "each query of a panel has a refId of its own");
    });
  }

  void sources() {
    std::set<std::string> variables;
    const JsonNode* templating = child(root_, "templating");
    for_maps(templating == nullptr ? nullptr : child(*templating, "list"),
             [&](const JsonNode& one) { variables.insert(text_of(one, "name")); });
    std::set<std::string> told;
    for (const SourceReference& one : references(root_)) {
      const std::string variable = variable_name(one.name);
      if (built_in(one.name) || variables.count(variable) > 0) continue;
      if (around_.sources && known(one.name)) continue;
      if (!around_.sources && variable.empty()) continue;
      if (!told.insert(one.name).second) continue;
      flaw(*one.node, "an unknown data source '" + printable(one.name) + "'", hint());
    }
  }

  bool known(const std::string& name) const {
    const auto& all = *around_.sources;
    return mapped(all, name) ||
           std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.second == name; });
  }

  std::string hint() const {
    if (!around_.sources) return "say which it is under 'datasources'";
    std::vector<std::string> names;
    for (const auto& [name, uid] : *around_.sources) names.push_back(printable(name));
    return "'datasources' knows " + (names.empty() ? "none" : join(names, ", "));
  }

  const JsonNode& root_;
  const DashboardSurroundings& around_;
  std::vector<DashboardFlaw> out_;
};

std::string source_of(const JsonNode& node) {
  const JsonNode* source = child(node, "datasource");
  if (source == nullptr) return {};
  return source->type == JsonNode::Type::Text ? source->text : text_of(*source, "uid");
}

void add_query(const JsonNode& node, const std::string& owner, const std::string& source,
               std::vector<DashboardQuery>& out) {
  const JsonNode* expr = child(node, "expr");
  if (expr == nullptr || expr->type != JsonNode::Type::Text || trim(expr->text).empty()) return;
  const std::string own = source_of(node);
  out.push_back({owner, expr->text, own.empty() ? source : own, expr->begin});
}

}  // namespace

std::vector<DashboardFlaw> dashboard_flaws(const JsonNode& root,
                                           const DashboardSurroundings& around) {
  return Linter(root, around).run();
}

std::vector<DashboardQuery> dashboard_queries(std::string_view text) {
  std::vector<DashboardQuery> out;
  JsonMistake ignored;
  const auto root = parse_json_text(text, ignored);
  if (!root || !root->is_map()) return out;
  const std::vector<const JsonNode*> panels = panels_of(*root);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const std::string owner = name_of(*panels[i], i);
    const std::string source = source_of(*panels[i]);
    for_maps(child(*panels[i], "targets"),
             [&](const JsonNode& target) { add_query(target, owner, source, out); });
  }
  const JsonNode* annotations = child(*root, "annotations");
  for_maps(annotations == nullptr ? nullptr : child(*annotations, "list"),
           [&](const JsonNode& one) {
             add_query(one, "annotation '" + text_of(one, "name") + "'", "", out);
           });
  return out;
}

std::string placed_dashboard(std::string_view text, const std::string& uid,
                             const std::map<std::string, std::string>& sources) {
  JsonMistake ignored;
  const auto root = parse_json_text(text, ignored);
  std::string out(text);
  if (!root) return out;
  std::vector<SourceReference> all = references(*root);
  // From the end on, so that what stands before keeps its place.
  std::sort(all.begin(), all.end(), [](const SourceReference& a, const SourceReference& b) {
    return a.node->begin > b.node->begin;
  });
  const JsonLayout line{.newline = "", .unit = ""};
  for (const SourceReference& one : all) {
    const auto to = mapped(sources, one.name);
    if (!to || *to == one.name) continue;
    const std::string quoted = json_text(Value(*to), line, "");
    out.replace(one.node->begin, one.node->end - one.node->begin,
                one.bare ? "{\"uid\": " + quoted + "}" : quoted);
  }
  if (text_of(*root, "uid") == uid) return out;
  return json_merged(out, {{{"uid"}, Value(uid)}}, {});
}

std::vector<std::string> sources_by_name(std::string_view text) {
  std::vector<std::string> out;
  JsonMistake ignored;
  const auto root = parse_json_text(text, ignored);
  if (!root) return out;
  for (const SourceReference& one : references(*root)) {
    const bool named = one.bare && !built_in(one.name) && variable_name(one.name).empty();
    if (named && std::find(out.begin(), out.end(), one.name) == out.end()) out.push_back(one.name);
  }
  return out;
}

TextPlace text_place(std::string_view text, std::size_t at) {
  TextPlace out;
  for (std::size_t i = 0; i < at && i < text.size(); ++i) {
    ++out.column;
    if (text[i] != '\n') continue;
    ++out.line;
    out.column = 1;
  }
  return out;
}

bool is_grafana_uid(std::string_view text) {
  return text.size() <= kLongestUid && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

}  // namespace holdfast
