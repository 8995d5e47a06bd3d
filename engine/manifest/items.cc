#include <algorithm>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/common.h"
#include "engine/manifest/content.h"
#include "engine/manifest/keys.h"
#include "engine/manifest/loader.h"
#include "engine/template/template.h"

namespace holdfast {
namespace {

using Entries = std::vector<const YamlNode::Entry*>;

std::vector<std::string> kind_names(const Registry& registry) {
  std::vector<std::string> out{"block", "use"};
  for (const Kind* kind : registry.kinds()) out.push_back(kind->schema().kind);
  return out;
}

bool is_kind(const Registry& registry, std::string_view word) {
  return word == "block" || word == "use" || registry.kind(word) != nullptr;
}

/// Whether the loader takes this key of this kind from a file: `source`, `template`.
bool is_content_file(const Schema& schema, std::string_view key) {
  if (content_attribute(schema) == nullptr || schema.find(key) != nullptr) return false;
  return std::any_of(content_files().begin(), content_files().end(),
                     [&](const Attribute& file) { return file.name == key; });
}

std::vector<std::string> known_keys(const Schema& schema) {
  std::vector<std::string> out;
  for (const Attribute& attribute : schema.attributes) out.push_back(attribute.name);
  for (const Attribute& attribute : common_attributes()) out.push_back(attribute.name);
  if (content_attribute(schema) != nullptr) {
    for (const Attribute& file : content_files()) out.push_back(file.name);
  }
  return out;
}

std::vector<std::string> inherited_keys(std::initializer_list<const char*> own) {
  std::vector<std::string> out(own.begin(), own.end());
  for (const Attribute& attribute : common_attributes()) {
    if (inherited(attribute.name)) out.push_back(attribute.name);
  }
  return out;
}

/// What a task of Ansible's is called; here a resource's kind says its name.
constexpr std::string_view kTaskName = "name";

/// Whether all other keys of a mapping would fit a kind.
bool fits(const Schema& schema, const YamlNode& node) {
  const std::vector<std::string> known = known_keys(schema);
  return std::all_of(node.entries.begin(), node.entries.end(), [&](const YamlNode::Entry& entry) {
    return entry.key == schema.kind || entry.key == kTaskName ||
           std::find(known.begin(), known.end(), entry.key) != known.end();
  });
}

}  // namespace

std::vector<Item> Loader::read_items(const YamlNode& node) {
  std::vector<Item> out;
  if (node.kind == YamlNode::Kind::Null) return out;
  if (node.kind != YamlNode::Kind::Sequence) {
    error(Code::ManifestShape, "'resources' is a list", node.where,
          "each begins with '- KIND: NAME'");
    left_out_.anything = true;
    return out;
  }
  for (const YamlNode& item : node.items) {
    if (auto read = read_item(item)) {
      out.push_back(std::move(*read));
    } else {
      leave_out(item);
    }
  }
  return out;
}

/// A resource whose kind is misspelt, say, may be named by others all the same.
void Loader::leave_out(const YamlNode& node) {
  bool named = false;
  for (const YamlNode::Entry& entry : node.entries) {
    if (entry.value.kind != YamlNode::Kind::Scalar) continue;
    named = true;
    left_out_.names.insert(entry.value.scalar);
    if (Template::has_markup(entry.value.scalar)) left_out_.anything = true;
  }
  if (!named || node.find("resources") != nullptr || node.find("with") != nullptr) {
    left_out_.anything = true;
  }
}

/// An entry's kind is its first key, or what `kind:` says; its name is that key's value, or
/// `name:`.
bool Loader::find_kind(const YamlNode& node, std::string& kind, Item& item, Entries& rest) {
  const auto stated = std::find_if(node.entries.begin(), node.entries.end(),
                                   [](const auto& entry) { return entry.key == "kind"; });
  if (stated == node.entries.end()) {
    kind = node.entries[0].key;
    item.where = node.entries[0].where;
    item.name = &node.entries[0].value;
    for (std::size_t i = 1; i < node.entries.size(); ++i) rest.push_back(&node.entries[i]);
    if (is_kind(registry_, kind)) return true;
    refuse_kind(node, kind, item.where);
    return false;
  }
  kind = stated->value.scalar;
  item.where = stated->value.where;
  item.name = node.find("name");
  for (const YamlNode::Entry& entry : node.entries) {
    if (entry.key != "kind" && entry.key != "name") rest.push_back(&entry);
  }
  if (!is_kind(registry_, kind)) {
    error(Code::UnknownKind, "there is no kind '" + printable(kind) + "'", item.where,
          did_you_mean(kind, kind_names(registry_)));
    return false;
  }
  if (item.name != nullptr) return true;
  error(Code::MissingAttribute, "this " + kind + " needs a 'name'", item.where);
  return false;
}

void Loader::refuse_kind(const YamlNode& node, const std::string& word, const Position& where) {
  std::vector<std::string> fitting;
  for (const YamlNode::Entry& entry : node.entries) {
    const Kind* kind = registry_.kind(entry.key);
    if (kind != nullptr && fits(kind->schema(), node)) fitting.push_back(entry.key);
    if (entry.key == "block" || entry.key == "use") fitting.push_back(entry.key);
  }
  if (fitting.size() == 1) {
    error(Code::UnknownKind,
          "the first key of a resource is its kind, not '" + printable(word) + "'", where,
          "put '" + fitting[0] + "' first" +
              (word == kTaskName ? ": what is behind it is the resource's name" : ""));
    return;
  }
  std::string hint = did_you_mean(word, kind_names(registry_));
  if (hint.empty()) hint = "`holdfast explain` lists the kinds";
  error(Code::UnknownKind, "there is no kind '" + printable(word) + "'", where, std::move(hint));
}

std::optional<Item> Loader::read_item(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Mapping || node.entries.empty()) {
    error(Code::ManifestShape, "a resource is a mapping whose first key is its kind", node.where,
          "for example: - user: bob");
    return std::nullopt;
  }
  Item item;
  std::string kind;
  Entries rest;
  if (!find_kind(node, kind, item, rest)) return std::nullopt;
  if (item.name->kind != YamlNode::Kind::Scalar) {
    const bool missing = item.name->kind == YamlNode::Kind::Null;
    error(
        Code::ManifestShape,
        missing ? "this " + kind + " has no name" : "the name of this " + kind + " must be a text",
        item.name->where);
    return std::nullopt;
  }
  if (kind == "block") {
    item.what = Item::What::Block;
    read_block(item, rest);
  } else if (kind == "use") {
    item.what = Item::What::Use;
    read_use(item, rest);
  } else {
    item.kind = registry_.kind(kind);
    read_resource(item, rest);
  }
  return item;
}

void Loader::read_block(Item& item, const Entries& entries) {
  bool has_resources = false;
  for (const YamlNode::Entry* entry : entries) {
    if (entry->key == "resources") {
      has_resources = true;
      item.items = read_items(entry->value);
    } else if (inherited(entry->key)) {
      item.common[entry->key] = entry;
    } else {
      error(Code::UnknownAttribute, item.label() + " has no key '" + printable(entry->key) + "'",
            entry->where, did_you_mean(entry->key, inherited_keys({"resources"})));
    }
  }
  if (!has_resources) {
    error(Code::MissingAttribute, item.label() + " needs 'resources'", item.where);
  }
}

void Loader::read_use(Item& item, const Entries& entries) {
  for (const YamlNode::Entry* entry : entries) {
    if (entry->key == "with") {
      if (!require_mapping(entry->value, "'with'", Code::ManifestShape, diagnostics_)) continue;
      for (const YamlNode::Entry& value : entry->value.entries) item.with.push_back(&value);
    } else if (entry->key == "as" || inherited(entry->key)) {
      item.common[entry->key] = entry;
    } else {
      error(Code::UnknownAttribute, item.label() + " has no key '" + printable(entry->key) + "'",
            entry->where, did_you_mean(entry->key, inherited_keys({"with", "as"})));
    }
  }
  item.module = module(*item.name);
  if (!item.module) return;
  for (const YamlNode::Entry* entry : item.with) {
    if (item.module->input(entry->key) != nullptr) continue;
    std::vector<std::string> names;
    for (const Input& input : item.module->inputs) names.push_back(input.name);
    error(Code::UnknownAttribute,
          "module '" + printable(item.name->scalar) + "' has no input '" + printable(entry->key) +
              "'",
          entry->where, did_you_mean(entry->key, names));
  }
}

void Loader::read_resource(Item& item, const Entries& entries) {
  const Schema& schema = item.kind->schema();
  for (const YamlNode::Entry* entry : entries) {
    const bool restarts = entry->key == "restart_on" || entry->key == "reload_on";
    if (restarts && !schema.restartable) {
      error(Code::NotAllowedHere, item.label() + " can't have '" + entry->key + "'", entry->where,
            "a " + schema.kind + " isn't a service; see `requires`");
    } else if (find_common(entry->key) != nullptr) {
      item.common[entry->key] = entry;
    } else if (schema.find(entry->key) != nullptr || is_content_file(schema, entry->key)) {
      item.attributes.push_back(entry);
    } else {
      std::string hint = did_you_mean(entry->key, known_keys(schema));
      hint += (hint.empty() ? "see `holdfast explain " : " See `holdfast explain ") + schema.kind +
              "`.";
      error(Code::UnknownAttribute,
            item.label() + " has no attribute '" + printable(entry->key) + "'", entry->where,
            std::move(hint));
    }
  }
}

}  // namespace holdfast
