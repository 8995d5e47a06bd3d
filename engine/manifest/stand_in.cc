#include "engine/manifest/stand_in.h"

#include <algorithm>

namespace holdfast {
namespace {

/// Of what lies in a mapping of this type under this name; nullptr: the type doesn't say.
const Type* type_below(const Type& type, const std::string& name) {
  if (type.kind == TypeKind::Map) return &type.element.front();
  if (type.kind != TypeKind::Object) return nullptr;
  const auto field = std::find_if(type.fields.begin(), type.fields.end(),
                                  [&](const Attribute& one) { return one.name == name; });
  return field == type.fields.end() ? nullptr : &field->type;
}

/// Whether nothing unknown is left.
bool fill(Value& value, const Type& type) {
  if (value.find_unknown() == nullptr) return true;
  if (value.is_unknown()) {
    if (type.kind != TypeKind::Secret) return false;
    value = Value(Secret("unasked"));
    return true;
  }
  if (value.is_list()) {
    if (type.kind != TypeKind::List) return false;
    ValueList items = value.as_list();
    for (Value& item : items) {
      if (!fill(item, type.element.front())) return false;
    }
    value = Value(std::move(items));
    return true;
  }
  ValueMap map = value.as_map();
  for (auto& [name, inner] : map) {
    const Type* below = type_below(type, name);
    if (below == nullptr || !fill(inner, *below)) return false;
  }
  value = Value(std::move(map));
  return true;
}

}  // namespace

std::optional<StoodIn> stand_in_for_secrets(const Resource& resource, const Schema& schema) {
  StoodIn out{.resource = resource};
  for (auto& [name, value] : out.resource.desired) {
    if (value.find_unknown() == nullptr) continue;
    const Attribute* attribute = schema.find(name);
    if (value.is_unknown()) out.attributes.insert(name);
    if (attribute == nullptr || !fill(value, attribute->type)) return std::nullopt;
  }
  return out;
}

}  // namespace holdfast
