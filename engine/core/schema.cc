#include "engine/core/schema.h"

#include "engine/core/text.h"

namespace holdfast {

Fields::Fields(std::vector<Attribute> fields)
    : fields_(std::make_shared<const std::vector<Attribute>>(std::move(fields))) {}

const Attribute* Fields::begin() const { return fields_ ? fields_->data() : nullptr; }
const Attribute* Fields::end() const {
  return fields_ ? fields_->data() + fields_->size() : nullptr;
}

Type Type::one_of(std::vector<std::string> choices) {
  Type type{.kind = TypeKind::OneOf};
  type.choices = std::move(choices);
  return type;
}

Type Type::list_of(Type element) {
  Type type{.kind = TypeKind::List};
  type.element.push_back(std::move(element));
  return type;
}

Type Type::map_of(Type element) {
  Type type{.kind = TypeKind::Map};
  type.element.push_back(std::move(element));
  return type;
}

Type Type::object(std::vector<Attribute> fields) {
  Type type{.kind = TypeKind::Object};
  type.fields = Fields(std::move(fields));
  return type;
}

std::string Type::text() const {
  switch (kind) {
    case TypeKind::Text:
      return "text";
    case TypeKind::Bool:
      return "bool";
    case TypeKind::Int:
      return "int";
    case TypeKind::Float:
      return "float";
    case TypeKind::Port:
      return "port";
    case TypeKind::Path:
      return "path";
    case TypeKind::Mode:
      return "mode";
    case TypeKind::Duration:
      return "duration";
    case TypeKind::Size:
      return "size";
    case TypeKind::Url:
      return "url";
    case TypeKind::Host:
      return "host";
    case TypeKind::Secret:
      return "secret";
    case TypeKind::OneOf:
      return "one_of(" + join(choices, ", ") + ")";
    case TypeKind::List:
      return "list(" + element.at(0).text() + ")";
    case TypeKind::Map:
      return "map(" + element.at(0).text() + ")";
    case TypeKind::Object:
      return "mapping";
    case TypeKind::Any:
      return "any";
  }
  return "?";
}

const Attribute* Schema::find(std::string_view name) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

}  // namespace holdfast
