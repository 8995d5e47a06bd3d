#include "engine/manifest/json_schema.h"

#include <nlohmann/json.hpp>

#include "engine/manifest/common.h"
#include "engine/manifest/content.h"
#include "engine/manifest/scalar_types.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

Json reference_to(const std::string& name) { return {{"$ref", "#/definitions/" + name}}; }

Json type_schema(const Type& type);

Json text_like(const char* pattern) {
  Json out{{"type", "string"}};
  if (pattern != nullptr) out["pattern"] = pattern;
  return out;
}

Json ranged(Json schema, const Type& type) {
  if (type.min) schema["minimum"] = *type.min;
  if (type.max) schema["maximum"] = *type.max;
  return schema;
}

Json attribute_schema(const Attribute& attribute) {
  Json out = type_schema(attribute.type);
  if (!attribute.doc.empty()) out["description"] = attribute.doc;
  if (!attribute.default_value.is_null() && !attribute.default_value.holds_secret()) {
    out["default"] = attribute.default_value.is_bool()
                         ? Json(attribute.default_value.as_bool())
                         : Json(written(attribute.default_value, attribute.type));
  }
  return out;
}

Json object_schema(const Type& type) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Attribute& field : type.fields) {
    properties[field.name] = attribute_schema(field);
    if (field.required) required.push_back(field.name);
  }
  Json out{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) out["required"] = required;
  return out;
}

/// What is written in place of an expression; nothing where any text will do.
Json plain_schema(const Type& type) {
  switch (type.kind) {
    case TypeKind::Bool:
      return {{"enum", {true, false, "yes", "no", "on", "off"}}};
    case TypeKind::Int:
      return ranged({{"type", "integer"}}, type);
    case TypeKind::Port:
      return {{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}};
    case TypeKind::Float:
      return {{"type", "number"}};
    case TypeKind::Path:
      return text_like("^/");
    case TypeKind::Mode:
      return {{"type", {"string", "integer"}}};
    case TypeKind::Duration:
      return text_like("^[0-9.]+(ms|s|m|h|d)$");
    case TypeKind::Size:
      return text_like("^[0-9.]+([KMGT]i?)?B$");
    case TypeKind::OneOf:
      return {{"enum", type.choices}};
    case TypeKind::List:
      return {{"type", "array"}, {"items", type_schema(type.element.at(0))}};
    case TypeKind::Map:
      return {{"type", "object"}, {"additionalProperties", type_schema(type.element.at(0))}};
    case TypeKind::Object:
      return object_schema(type);
    case TypeKind::Url:
      return text_like("^[A-Za-z][A-Za-z0-9+.-]*://");
    case TypeKind::Text:
    case TypeKind::Secret:
      return {{"type", {"string", "number", "boolean"}}};
    case TypeKind::Host:
      return text_like(nullptr);
    case TypeKind::Any:
      return Json::object();
  }
  return Json::object();
}

Json type_schema(const Type& type) {
  Json plain = plain_schema(type);
  if (plain.empty()) return plain;
  return {{"anyOf", {std::move(plain), reference_to("expression"), {{"type", "null"}}}}};
}

Json common_schema(bool only_inherited) {
  Json out = Json::object();
  for (const Attribute& attribute : common_attributes()) {
    if (only_inherited && !inherited(attribute.name)) continue;
    out[attribute.name] = attribute_schema(attribute);
  }
  return out;
}

/// A resource of one kind, its kind being the first key.
Json kind_schema(const Schema& schema) {
  Json properties{{schema.kind, type_schema(schema.name_type)}};
  properties[schema.kind]["description"] = schema.name_doc;
  Json required = Json::array({schema.kind});
  const bool from_file = content_attribute(schema) != nullptr;
  for (const Attribute& attribute : schema.attributes) {
    properties[attribute.name] = attribute_schema(attribute);
    // A file can stand for the text, and what is absent needs nothing.
    const bool needed = attribute.required && !attribute.content && !schema.can_be_absent;
    if (needed) required.push_back(attribute.name);
  }
  if (from_file) {
    for (const Attribute& attribute : content_files()) {
      if (schema.find(attribute.name) == nullptr) {
        properties[attribute.name] = attribute_schema(attribute);
      }
    }
  }
  const Json common = common_schema(false);
  for (const auto& [name, value] : common.items()) {
    const bool restarts = name == "restart_on" || name == "reload_on";
    if (!restarts || schema.restartable) properties[name] = value;
  }
  return {{"description", schema.doc},
          {"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

/// A resource that names its kind by `kind:`, in any order of keys.
Json sorted_schema(const Registry& registry) {
  Json names = Json::array();
  for (const Kind* kind : registry.kinds()) names.push_back(kind->schema().kind);
  return {{"type", "object"},
          {"properties", {{"kind", {{"enum", names}}}, {"name", type_schema(Type{})}}},
          {"required", {"kind", "name"}}};
}

Json block_schema() {
  Json properties{{"block", {{"type", "string"}}}};
  properties.update(common_schema(true));
  properties["resources"] = reference_to("resources");
  return {{"type", "object"},
          {"properties", properties},
          {"required", {"block", "resources"}},
          {"additionalProperties", false}};
}

Json use_schema() {
  Json properties{{"use", {{"type", "string"}, {"description", "A module's name or path."}}},
                  {"with", {{"type", "object"}, {"description", "Values of its inputs."}}},
                  {"as", {{"type", "string"}, {"description", "Goes before its addresses."}}}};
  properties.update(common_schema(true));
  return {{"type", "object"},
          {"properties", properties},
          {"required", {"use"}},
          {"additionalProperties", false}};
}

Json input_schema() {
  return {{"type", "object"},
          {"properties",
           {{"type", {{"type", "string"}}},
            {"default", Json::object()},
            {"doc", {{"type", "string"}}},
            {"check", {{"type", "string"}}},
            {"secret", {{"type", "boolean"}}}}},
          {"required", {"type"}},
          {"additionalProperties", false}};
}

Json manifest_schema() {
  const Json texts{
      {"anyOf", {{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}}};
  return {{"manifest", {{"type", "string"}}},
          {"description", {{"type", "string"}}},
          {"hosts", texts},
          {"inputs", {{"type", "object"}, {"additionalProperties", input_schema()}}},
          {"vars", {{"type", "object"}}},
          {"on_failure", {{"enum", {"rollback", "rollback_all", "stop"}}}},
          {"include", texts},
          {"resources", reference_to("resources")}};
}

}  // namespace

std::string manifest_json_schema(const Registry& registry) {
  Json choices = Json::array({block_schema(), use_schema(), sorted_schema(registry)});
  Json definitions{{"expression", {{"type", "string"}, {"pattern", "\\{[{%]"}}}};
  for (const Kind* kind : registry.kinds()) {
    const std::string name = "kind_" + kind->schema().kind;
    definitions[name] = kind_schema(kind->schema());
    choices.push_back(reference_to(name));
  }
  definitions["resource"] = {{"anyOf", choices}};
  definitions["resources"] = {{"type", "array"}, {"items", reference_to("resource")}};
  const Json out{{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "holdfast manifest"},
                 {"type", "object"},
                 {"properties", manifest_schema()},
                 {"additionalProperties", false},
                 {"definitions", definitions}};
  return out.dump(2) + "\n";
}

}  // namespace holdfast
