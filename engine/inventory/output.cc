#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "engine/core/text.h"
#include "engine/inventory/inventory.h"
#include "engine/inventory/python_text.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostGraphLines = 100'000;

/// A number as Python writes it: always with a dot or an exponent.
std::string float_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::array<char, 64> buffer{};
  const double size = std::abs(value);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific);
  std::string out(buffer.data(), end.ptr);
  if (fixed && out.find('.') == std::string::npos) out += ".0";
  return out;
}

/// Writes JSON as `json.dumps(indent=4, sort_keys=True)` does. What a terminal would act on is
/// escaped, which changes no value.
class JsonWriter {
 public:
  void open(char bracket) {
    out_ += bracket;
    ++depth_;
    first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) line();
    out_ += bracket;
    first_ = false;
  }
  void next() {
    if (!first_) out_ += ',';
    first_ = false;
    line();
  }
  void key(std::string_view name) {
    next();
    text(name);
    out_ += ": ";
  }

  void text(std::string_view value) {
    out_ += '"';
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t begin = at;
      const char32_t c = next_code_point(value, at);
      const std::string_view bytes = value.substr(begin, at - begin);
      if (c == U'"' || c == U'\\') {
        out_ += '\\';
        out_ += bytes;
      } else if (printable(bytes) == bytes) {
        out_ += bytes;
      } else {
        escape(c);
      }
    }
    out_ += '"';
  }

  void value(const Value& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_int()) {
      out_ += std::to_string(value.as_int());
    } else if (value.is_float()) {
      out_ += float_text(value.as_float());
    } else if (value.is_list()) {
      list(value.as_list());
    } else if (value.is_map()) {
      map(value.as_map());
    } else {
      text(value.display());
    }
  }

  void variables(const Variables& variables) {
    open('{');
    for (const auto& [name, variable] : variables) {
      key(name);
      value(variable.value);
    }
    close('}');
  }

  void names(const std::vector<std::string>& names) {
    open('[');
    for (const std::string& name : names) {
      next();
      text(name);
    }
    close(']');
  }

  std::string take() { return std::move(out_); }

 private:
  void line() {
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth_) * 4, ' ');
  }
  void list(const ValueList& items) {
    open('[');
    for (const Value& item : items) {
      next();
      value(item);
    }
    close(']');
  }
  void map(const ValueMap& entries) {
    std::map<std::string_view, const Value*> sorted;
    for (const auto& [name, item] : entries) sorted[name] = &item;
    open('{');
    for (const auto& [name, item] : sorted) {
      key(name);
      value(*item);
    }
    close('}');
  }
  void escape(char32_t c) {
    static constexpr std::string_view kFrom = "\n\r\t\f\b";
    static constexpr std::string_view kTo = "nrtfb";
    const auto found = c < 0x80 ? kFrom.find(static_cast<char>(c)) : std::string_view::npos;
    out_ += '\\';
    if (found != std::string_view::npos) {
      out_ += kTo[found];
      return;
    }
    static constexpr std::string_view kDigits = "0123456789abcdef";
    out_ += 'u';
    for (int shift = 12; shift >= 0; shift -= 4) {
      out_ += kDigits[(static_cast<unsigned>(c) >> static_cast<unsigned>(shift)) & 15U];
    }
  }

  std::string out_;
  int depth_ = 0;
  bool first_ = true;
};

/// @param indent  What stands before a line of this depth: "  |" for each level above.
void graph_group(const Inventory& inventory, const Group& group, const std::string& indent,
                 std::vector<std::string>& lines) {
  // A group is drawn below each of its parents, so a small inventory can have a huge tree.
  if (lines.size() >= kMostGraphLines) return;
  lines.push_back(indent + (indent.empty() ? "@" : "--@") + printable(group.name) + ":");
  const std::string below = indent + "  |";
  for (const std::string& child : group.children) {
    graph_group(inventory, *inventory.group(child), below, lines);
  }
  if (group.name == "all") return;
  for (const std::string& host : group.hosts) lines.push_back(below + "--" + printable(host));
}

}  // namespace

std::string inventory_list_json(const Inventory& inventory) {
  std::map<std::string_view, const Group*> groups;
  for (const Group& group : inventory.groups()) groups[group.name] = &group;
  std::map<std::string_view, const InventoryHost*> hosts;
  for (const std::string& name : inventory.members_by_level("all")) {
    const InventoryHost* host = inventory.host(name);
    hosts[host->name] = host;
  }
  JsonWriter json;
  json.open('{');
  const auto meta = [&] {
    json.key("_meta");
    json.open('{');
    json.key("hostvars");
    json.open('{');
    for (const auto& [name, host] : hosts) {
      if (host->variables.empty()) continue;
      json.key(name);
      json.variables(host->variables);
    }
    json.close('}');
    json.close('}');
  };
  bool said = false;
  for (const auto& [name, group] : groups) {
    if (!said && name >= "_meta") {
      meta();
      said = true;
    }
    const bool shows_hosts = name != "all" && !group->hosts.empty();
    if (name == "_meta" || (group->children.empty() && !shows_hosts)) continue;
    json.key(name);
    json.open('{');
    if (!group->children.empty()) {
      json.key("children");
      json.names(group->children);
    }
    if (shows_hosts) {
      json.key("hosts");
      json.names(group->hosts);
    }
    json.close('}');
  }
  json.close('}');
  return json.take();
}

std::string inventory_graph(const Inventory& inventory, std::string_view group) {
  std::vector<std::string> lines;
  const Group* start = inventory.group(group);
  if (start != nullptr) graph_group(inventory, *start, {}, lines);
  if (lines.size() >= kMostGraphLines) lines.emplace_back("(cut: the tree has too many lines)");
  return join(lines, "\n");
}

std::string inventory_host_json(const InventoryHost& host) {
  JsonWriter json;
  json.variables(host.variables);
  return json.take();
}

}  // namespace holdfast
