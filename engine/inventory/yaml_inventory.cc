#include "engine/inventory/yaml_inventory.h"

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/inventory/data_file.h"
#include "engine/inventory/host_pattern.h"
#include "engine/inventory/python_text.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

std::string_view kind_name(const YamlNode& node) {
  if (node.kind == Kind::Sequence) return "list";
  if (node.kind == Kind::Mapping) return "mapping";
  return yaml11_value(node).type_name();
}

class YamlReader {
 public:
  YamlReader(InventoryBuilder& builder, std::vector<Error>& errors)
      : builder_(builder), errors_(errors) {}

  void group(const YamlNode::Entry& entry) {
    if (entry.value.kind != Kind::Mapping && entry.value.kind != Kind::Null) {
      warn("group '" + printable(entry.key) + "' is skipped: it is a " +
               std::string(kind_name(entry.value)) + ", not a mapping",
           entry.where, "a group has hosts, children and vars");
      return;
    }
    if (const std::string other = unusable_name(entry); !other.empty()) {
      wrong("'" + printable(entry.key) + "' is a " + other + " to YAML, not the name of a group",
            entry.where, "put it in quotes");
      return;
    }
    if (!keep(builder_.add_group(entry.key, entry.where), entry.where)) return;
    for (const YamlNode::Entry& part : entry.value.entries) section(entry.key, part);
  }

 private:
  void wrong(std::string message, const Position& where, std::string hint = {}) {
    errors_.push_back(Error{.code = Code::InventoryInvalid,
                            .message = std::move(message),
                            .where = where,
                            .hint = std::move(hint)});
  }
  void warn(std::string message, const Position& where, std::string hint) {
    builder_.warn(Error{.code = Code::InventorySkipped,
                        .message = std::move(message),
                        .where = where,
                        .hint = std::move(hint)});
  }
  bool keep(Result<void> result, const Position& where) {
    if (result) return true;
    if (!result.error().where.known()) result.error().where = where;
    errors_.push_back(std::move(result.error()));
    return false;
  }

  void section(const std::string& group, const YamlNode::Entry& part) {
    const bool known = part.key == "hosts" || part.key == "children" || part.key == "vars";
    const YamlNode* content = &part.value;
    YamlNode single;
    // A lone text is a mapping of that one key.
    if (known && content->kind == Kind::Scalar && yaml11_value(*content).is_text()) {
      single = YamlNode{.kind = Kind::Mapping, .where = content->where};
      single.entries.push_back({.key = content->scalar,
                                .where = content->where,
                                .key_plain = false,
                                .value = YamlNode{.where = content->where}});
      content = &single;
    }
    if (content->kind == Kind::Null) return;
    if (known && content->kind != Kind::Mapping) {
      wrong("'" + part.key + "' of group '" + printable(group) + "' must be a mapping, not a " +
                std::string(kind_name(*content)),
            content->where, "write each name with a colon behind it, without '-'");
      return;
    }
    if (!known) {
      warn("'" + printable(part.key) + "' of group '" + printable(group) + "' is skipped",
           part.where, did_you_mean(part.key, {"hosts", "children", "vars"}));
      return;
    }
    for (const YamlNode::Entry& entry : content->entries) {
      if (part.key == "vars") variable(group, entry);
      if (part.key == "hosts") hosts(group, entry);
      if (part.key == "children") child(group, entry);
    }
  }

  void child(const std::string& parent, const YamlNode::Entry& entry) {
    const std::size_t before = errors_.size();
    group(entry);
    if (errors_.size() != before) return;
    keep(builder_.add_child(parent, entry.key, entry.where), entry.where);
  }

  void variable(const std::string& entity, const YamlNode::Entry& entry) {
    Result<Value> value = ansible_value(entry.value);
    if (!value) {
      errors_.push_back(std::move(value.error()));
      return;
    }
    keep(builder_.set_variable(entity, key_text(entry), {std::move(*value), entry.where}),
         entry.where);
  }

  void hosts(const std::string& group, const YamlNode::Entry& entry) {
    if (const std::string other = unusable_name(entry); !other.empty()) {
      wrong("'" + printable(entry.key) + "' is a " + other + " to YAML, not the name of a host",
            entry.where, "put it in quotes");
      return;
    }
    Result<HostNames> names = expand_host_pattern(entry.key);
    if (!names) {
      names.error().where = entry.where;
      errors_.push_back(std::move(names.error()));
      return;
    }
    if (!says_variables(entry)) return;
    for (const std::string& name : names->names) {
      if (!keep(builder_.add_host(name, group, names->port, entry.where), entry.where)) return;
      for (const YamlNode::Entry& item : entry.value.entries) variable(name, item);
    }
  }

  /// A host's value is a mapping of variables, or nothing (which an empty text or list and 0 are).
  bool says_variables(const YamlNode::Entry& entry) {
    const YamlNode& node = entry.value;
    if (node.kind == Kind::Mapping || node.kind == Kind::Null) return true;
    const Value value = node.kind == Kind::Scalar ? yaml11_value(node) : Value{};
    const bool nothing =
        (node.kind == Kind::Sequence && node.items.empty()) ||
        (node.kind == Kind::Scalar && (value.is_null() || value == Value("") || value == Value(0) ||
                                       value == Value(0.0) || value == Value(false)));
    if (nothing) return true;
    wrong("host '" + printable(entry.key) + "' has a " + std::string(kind_name(node)) +
              " where its variables belong",
          node.where, "write NAME: VALUE below the host, indented");
    return false;
  }

  InventoryBuilder& builder_;
  std::vector<Error>& errors_;
};

}  // namespace

void read_yaml_inventory(const YamlNode& root, InventoryBuilder& builder,
                         std::vector<Error>& errors) {
  YamlReader reader(builder, errors);
  for (const YamlNode::Entry& entry : root.entries) reader.group(entry);
}

}  // namespace holdfast
