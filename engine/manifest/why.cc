#include <algorithm>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/manifest_set.h"

namespace holdfast {
namespace {

/// One place that gives a name a value.
struct Layer {
  std::string value;
  std::string place;
  std::string what;
};

std::string short_place(const Position& where) {
  if (!where.known()) return {};
  return where.source->path + ":" + std::to_string(where.line);
}

std::string shown(const Value& value) {
  constexpr std::size_t kShown = 80;
  const std::string text = printable(value.display());
  return text.size() <= kShown ? text : text.substr(0, kShown) + "…";
}

bool holds_tag(const YamlNode& node) {
  if (Tags::tagged(node)) return true;
  for (const YamlNode& item : node.items) {
    if (holds_tag(item)) return true;
  }
  for (const YamlNode::Entry& entry : node.entries) {
    if (holds_tag(entry.value)) return true;
  }
  return false;
}

std::string shown(const YamlNode& node, bool secret) {
  return secret || holds_tag(node) ? "(secret)" : shown(yaml12_value(node));
}

void add_host_layers(const Inventory& inventory, const InventoryHost& host, const std::string& name,
                     bool secret, std::vector<Layer>& layers) {
  const auto value = [&](const Variable& variable) {
    return secret ? std::string("(secret)") : shown(variable.value);
  };
  const auto winner = host.variables.find(name);
  if (winner == host.variables.end()) return;
  const std::string won = winner->second.where.text();
  std::vector<Layer> groups;
  std::string source = "variable of " + host.name;
  std::vector<std::string> names(host.groups.rbegin(), host.groups.rend());
  names.emplace_back("all");
  for (const std::string& group_name : names) {
    const Group* group = inventory.group(group_name);
    if (group == nullptr) continue;
    const auto found = group->variables.find(name);
    if (found == group->variables.end()) continue;
    const std::string what = "variable of group " + group_name;
    if (!won.empty() && found->second.where.text() == won) {
      source = what;
    } else {
      groups.push_back({value(found->second), short_place(found->second.where), what});
    }
  }
  layers.push_back({value(winner->second), short_place(winner->second.where), source});
  for (Layer& layer : groups) layers.push_back(std::move(layer));
}

/// What a name is in a manifest and the modules that it uses.
class Layers {
 public:
  Layers(const Inventory& inventory, const InventoryHost& host, std::string name)
      : inventory_(inventory), host_(host), name_(std::move(name)) {}

  void add(const Document& document) {
    for (const Input& input : document.inputs) names_.insert(input.name);
    for (const VariableNode& variable : document.vars) names_.insert(variable.name);
    for (auto variable = document.vars.rbegin(); variable != document.vars.rend(); ++variable) {
      if (variable->name != name_) continue;
      push({shown(*variable->node, false), short_place(variable->where),
            "vars of " + document.name});
    }
    const Input* input = document.input(name_);
    if (input != nullptr) {
      secret_ = secret_ || input->attribute().secret;
      add_host();
      if (input->fallback != nullptr) {
        push({shown(*input->fallback, input->attribute().secret),
              short_place(input->fallback->where), "default of an input of " + document.name});
      }
    }
    for (const Item& item : document.items) add(item);
  }

  void add_host() {
    std::vector<Layer> host_layers;
    add_host_layers(inventory_, host_, name_, secret_, host_layers);
    for (Layer& layer : host_layers) push(std::move(layer));
  }

  void put_first(Layer layer) { layers_.insert(layers_.begin(), std::move(layer)); }
  void put_last(Layer layer) { push(std::move(layer)); }
  bool secret() const { return secret_; }
  const std::vector<Layer>& all() const { return layers_; }
  const std::set<std::string>& names() const { return names_; }

 private:
  void add(const Item& item) {
    for (const Item& inner : item.items) add(inner);
    if (!item.module) return;
    const Input* input = item.module->input(name_);
    for (const YamlNode::Entry* entry : item.with) {
      if (input == nullptr || entry->key != name_) continue;
      push({shown(entry->value, input->attribute().secret), short_place(entry->value.where),
            "`with` of a use of " + item.module->name});
    }
    if (seen_.insert(item.module.get()).second) add(*item.module);
  }

  void push(Layer layer) {
    const bool said = std::any_of(layers_.begin(), layers_.end(), [&](const Layer& other) {
      return other.place == layer.place && other.what == layer.what;
    });
    if (!said) layers_.push_back(std::move(layer));
  }

  const Inventory& inventory_;
  const InventoryHost& host_;
  std::string name_;
  std::vector<Layer> layers_;
  std::set<std::string> names_;
  std::set<const Document*> seen_;
  bool secret_ = false;
};

std::string text_of(const std::vector<Layer>& layers) {
  std::string out;
  for (const Layer& layer : layers) {
    out += layer.value + "  by " + printable(layer.what);
    if (!layer.place.empty()) out += ", " + printable(layer.place);
    out += "\n";
  }
  return out;
}

}  // namespace

Result<std::string> ManifestSet::why(const Inventory& inventory, const std::string& host,
                                     const std::string& name) const {
  const InventoryHost* known = inventory.host(host);
  if (known == nullptr) {
    std::vector<std::string> names;
    for (const InventoryHost& candidate : inventory.hosts()) names.push_back(candidate.name);
    return fail(Code::NoHosts, "there is no host '" + printable(host) + "'",
                did_you_mean(host, names));
  }
  Layers layers(inventory, *known, name);
  for (const auto& manifest : impl_->manifests) {
    HF_TRY(const std::vector<std::string> hosts, impl_->hosts_of(*manifest, inventory));
    if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) layers.add(*manifest);
  }
  layers.add_host();
  const auto set = impl_->options.set.find(name);
  if (set != impl_->options.set.end()) {
    layers.put_first({layers.secret() ? "(secret)" : shown(set_value(set->second)), "", "--set"});
  }
  if (name == "environment" && !impl_->options.environment.empty()) {
    layers.put_last({shown(Value(impl_->options.environment)), "", "the environment"});
  }
  if (!layers.all().empty()) return text_of(layers.all());
  std::set<std::string> names = layers.names();
  for (const auto& [variable, value] : known->variables) names.insert(variable);
  return fail(Code::UnknownVariable,
              "there is no variable '" + printable(name) + "' on " + printable(host),
              did_you_mean(name, std::vector<std::string>(names.begin(), names.end())));
}

}  // namespace holdfast
