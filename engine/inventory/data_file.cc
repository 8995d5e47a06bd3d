#include "engine/inventory/data_file.h"

#include <nlohmann/json.hpp>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kVaultHeader = "$ANSIBLE_VAULT;";
/// Marks the scalars of JSON, which aren't typed as YAML's are.
constexpr std::string_view kJsonTag = "tag:json";

Error vault_error(std::string what, Position where) {
  return Error{.code = Code::VaultUnsupported,
               .message = std::move(what) +
                          " is encrypted with ansible-vault, which holdfast "
                          "can't read yet",
               .where = std::move(where),
               .hint =
                   "decrypt it with `ansible-vault decrypt`, or let the manifest take the "
                   "secret by !env, !file or !command"};
}

YamlNode from_json(const Json& json, const Position& where) {
  YamlNode node{.where = where};
  if (json.is_object()) {
    node.kind = YamlNode::Kind::Mapping;
    for (const auto& [key, value] : json.items()) {
      node.entries.push_back(YamlNode::Entry{
          .key = key, .where = where, .key_plain = false, .value = from_json(value, where)});
    }
  } else if (json.is_array()) {
    node.kind = YamlNode::Kind::Sequence;
    for (const Json& item : json) node.items.push_back(from_json(item, where));
  } else if (json.is_string()) {
    node.kind = YamlNode::Kind::Scalar;
    node.style = YamlNode::Style::Quoted;
    node.scalar = json.get<std::string>();
  } else if (!json.is_null()) {
    node.kind = YamlNode::Kind::Scalar;
    node.tag = kJsonTag;
    node.scalar = json.dump();
  }
  return node;
}

/// How deep brackets go, so that the recursion over JSON has an end.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > 200) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

Value json_scalar(const YamlNode& node) {
  const Json json = Json::parse(node.scalar, nullptr, false);
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_number_integer() && !json.is_number_unsigned()) return json.get<std::int64_t>();
  if (json.is_number_unsigned() && json.get<std::uint64_t>() <= INT64_MAX) {
    return json.get<std::int64_t>();
  }
  return node.scalar;
}

Error value_error(std::string message, const YamlNode& node) {
  return Error{
      .code = Code::InventoryVariableInvalid, .message = std::move(message), .where = node.where};
}

/// A scalar with one of YAML's own tags (`!!str 1`), or with Ansible's `!unsafe`.
Result<Value> tagged_scalar(const YamlNode& node) {
  if (node.tag == "tag:yaml.org,2002:str") return Value(node.scalar);
  for (const std::string_view own : {"int", "float", "bool", "null", "timestamp"}) {
    if (node.tag != "tag:yaml.org,2002:" + std::string(own)) continue;
    YamlNode plain = node;
    plain.tag.clear();
    plain.style = YamlNode::Style::Plain;
    HF_TRY(Value value, ansible_value(plain));
    const bool whole = own == "float" && value.is_int();
    return whole ? Value(static_cast<double>(value.as_int())) : value;
  }
  if (node.tag == "!unsafe") {
    if (node.scalar.find('{') == std::string::npos) return Value(node.scalar);
    return fail(
        value_error("an !unsafe text with braces can't be kept apart from an expression", node));
  }
  if (node.tag == "!vault" || node.tag == "!vault-encrypted") {
    return fail(vault_error("a value", node.where));
  }
  return fail(value_error("an inventory can't hold the tag '" + printable(node.tag) + "'", node));
}

Result<Value> scalar_value(const YamlNode& node) {
  if (node.tag == kJsonTag) return json_scalar(node);
  if (!node.tag.empty()) return tagged_scalar(node);
  Value value = yaml11_value(node);
  if (!value.is_text() || !node.plain()) return value;
  auto timestamp = yaml_timestamp(node.scalar);
  if (!timestamp) {
    timestamp.error().where = node.where;
    return fail(std::move(timestamp.error()));
  }
  return *timestamp ? Value(**timestamp) : value;
}

Value ansible_key(const YamlNode::Entry& entry) {
  if (!entry.key_plain) return entry.key;
  for (const std::string_view null : {"", "~", "null", "Null", "NULL"}) {
    if (entry.key == null) return {};
  }
  return yaml11_value(YamlNode{.kind = YamlNode::Kind::Scalar, .scalar = entry.key});
}

}  // namespace

std::optional<YamlNode> parse_json_data(const std::shared_ptr<const Source>& source) {
  const std::string_view text = trim(source->text);
  const bool looks = starts_with(text, "{") || starts_with(text, "[");
  if (!looks || too_deep(text) || !valid_utf8(text)) return std::nullopt;
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return from_json(json, Position{.source = source, .line = 1, .column = 1});
}

Result<std::optional<YamlNode>> parse_data(const std::shared_ptr<const Source>& source) {
  if (starts_with(source->text, kVaultHeader)) {
    return fail(vault_error("'" + printable(source->path) + "'",
                            Position{.source = source, .line = 1, .column = 1}));
  }
  if (auto json = parse_json_data(source)) return json;
  HF_TRY(std::vector<YamlNode> documents, parse_yaml(source));
  if (documents.size() > 1) {
    return fail(Error{.code = Code::InventoryInvalid,
                      .message = "'" + printable(source->path) + "' holds more than one document",
                      .where = documents[1].where,
                      .hint = "take the line '---' away, or split the file"});
  }
  if (documents.empty() || documents[0].kind == YamlNode::Kind::Null) {
    return std::optional<YamlNode>{};
  }
  return std::optional<YamlNode>(std::move(documents[0]));
}

std::string key_text(const YamlNode::Entry& entry) {
  const Value key = ansible_key(entry);
  if (key.is_bool()) return key.as_bool() ? "true" : "false";
  return key.display();
}

std::string unusable_name(const YamlNode::Entry& entry) {
  const Value key = ansible_key(entry);
  if (!key.is_text()) return std::string(key.type_name());
  const auto date = entry.key_plain ? yaml_timestamp(entry.key) : std::optional<std::string>{};
  return !date || *date ? "date" : "";
}

Result<Value> ansible_value(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::Null) return Value{};
  if (node.kind == YamlNode::Kind::Scalar) return scalar_value(node);
  const bool own = node.tag.empty() || node.tag == "tag:yaml.org,2002:map" ||
                   node.tag == "tag:yaml.org,2002:seq";
  if (!own) {
    return fail(value_error("an inventory can't hold the tag '" + printable(node.tag) + "'", node));
  }
  if (node.kind == YamlNode::Kind::Sequence) {
    ValueList list;
    for (const YamlNode& item : node.items) {
      HF_TRY(Value value, ansible_value(item));
      list.push_back(std::move(value));
    }
    return Value(std::move(list));
  }
  ValueMap map;
  for (const YamlNode::Entry& entry : node.entries) {
    if (entry.key == "__ansible_vault") return fail(vault_error("a value", entry.where));
    HF_TRY(Value value, ansible_value(entry.value));
    map.set(key_text(entry), std::move(value));
  }
  return Value(std::move(map));
}

}  // namespace holdfast
