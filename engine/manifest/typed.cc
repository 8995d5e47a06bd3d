#include "engine/manifest/typed.h"

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/scalar_types.h"

namespace holdfast {
namespace {

Error wrong_type(const std::string& what, const std::string& needs, const std::string& got,
                 const Position& where, std::string hint = {}) {
  return Error{.code = Code::WrongType,
               .message = what + " needs " + needs + ", not " + got,
               .where = where,
               .hint = std::move(hint)};
}

/// Left out, it may stand for anything; what an empty variable leaves is no decision to do so.
Error empty_field(const std::string& what, const Attribute& field, const Position& where) {
  return wrong_type(what, needed(field.type), "nothing", where,
                    "give it a value, or leave the key out: {{ x if x else none }} does");
}

std::vector<std::string> field_names(const Type& type) {
  std::vector<std::string> names;
  for (const Attribute& field : type.fields) names.push_back(field.name);
  return names;
}

const Attribute* find_field(const Type& type, std::string_view name) {
  for (const Attribute& field : type.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

bool holds_expression(std::string_view key) {
  return key.find("{{") != std::string_view::npos || key.find("{%") != std::string_view::npos;
}

/// Reads nodes; remembers how, and to whom its errors go.
class TypedReader {
 public:
  TypedReader(const Reading& reading, Diagnostics& diagnostics)
      : reading_(reading), diagnostics_(diagnostics) {}

  Value read(const YamlNode& node, const Type& type, const std::string& what) {
    if (reading_.reader != nullptr) {
      auto special = reading_.reader->read(node, reading_.raw);
      if (!special) return add(std::move(special.error()));
      if (special->has_value()) {
        auto typed = typed_value(**special, type, what, place(node));
        if (typed) return *typed;
        return add(reading_.hidden ? hidden_error(typed.error(), type, what) : typed.error());
      }
    }
    switch (node.kind) {
      case YamlNode::Kind::Null:
        return {};
      case YamlNode::Kind::Scalar:
        return scalar(node, type, what);
      case YamlNode::Kind::Sequence:
        return sequence(node, type, what);
      case YamlNode::Kind::Mapping:
        return mapping(node, type, what);
    }
    return {};
  }

 private:
  Value add(Error error) {
    diagnostics_.error(std::move(error));
    return {};
  }
  Position place(const YamlNode& node) const {
    return reading_.hidden ? without_text(node.where) : node.where;
  }
  bool may_give_nothing(const YamlNode& node) const {
    return reading_.reader != nullptr && reading_.reader->may_give_nothing(node);
  }
  std::string shown(std::string_view text) const {
    return reading_.hidden ? "this secret" : in_quotes(text);
  }

  Value scalar(const YamlNode& node, const Type& type, const std::string& what) {
    if (type.kind == TypeKind::Any) return yaml12_value(node);
    const bool is_quoted_truth =
        type.kind == TypeKind::Bool && node.style != YamlNode::Style::Plain;
    auto value = read_scalar(node.scalar, type);
    if (value && !is_quoted_truth) return *value;
    if (is_quoted_truth && value) {
      return add(wrong_type(what, needed(type), "the text " + shown(node.scalar), place(node),
                            "remove the quotes"));
    }
    return add(
        wrong_type(what, value.error().needs, shown(node.scalar), place(node), value.error().hint));
  }

  Value sequence(const YamlNode& node, const Type& type, const std::string& what) {
    if (type.kind != TypeKind::List && type.kind != TypeKind::Any) {
      return add(wrong_type(what, needed(type), "a list", place(node)));
    }
    const Type& element = type.kind == TypeKind::Any ? type : type.element.at(0);
    ValueList out;
    for (const YamlNode& item : node.items) {
      Value value = read(item, element, "an item of " + what);
      if (item.kind == YamlNode::Kind::Null && type.kind != TypeKind::Any) {
        add(wrong_type("an item of " + what, needed(element), "nothing", place(item)));
      }
      out.push_back(std::move(value));
    }
    return out;
  }

  Value mapping(const YamlNode& node, const Type& type, const std::string& what) {
    if (type.kind == TypeKind::Object) return object(node, type, what);
    if (type.kind != TypeKind::Map && type.kind != TypeKind::Any) {
      return add(wrong_type(what, needed(type), "a mapping", place(node)));
    }
    const Type& element = type.kind == TypeKind::Any ? type : type.element.at(0);
    ValueMap out;
    for (const YamlNode::Entry& entry : node.entries) {
      if (reading_.reader != nullptr && !reading_.raw && holds_expression(entry.key)) {
        add(Error{.code = Code::NotAllowedHere,
                  .message = "a key can't hold an expression: " + shown(entry.key),
                  .where = entry.where});
      }
      Value value = read(entry.value, element, "'" + printable(entry.key) + "' in " + what);
      if (value.is_null() && type.kind == TypeKind::Map) continue;
      out.append(entry.key, std::move(value));
    }
    return out;
  }

  Value object(const YamlNode& node, const Type& type, const std::string& what) {
    ValueMap out;
    for (const YamlNode::Entry& entry : node.entries) {
      const Attribute* field = find_field(type, entry.key);
      if (field == nullptr) {
        add(Error{.code = Code::UnknownAttribute,
                  .message = what + " has no key '" + printable(entry.key) + "'",
                  .where = entry.where,
                  .hint = did_you_mean(entry.key, field_names(type))});
        continue;
      }
      const std::string inner = "'" + field->name + "' in " + what;
      const std::size_t errors = diagnostics_.errors().size();
      Value value = typed_attribute(entry.value, *field, inner, reading_, diagnostics_);
      if (!value.is_null()) {
        out.append(entry.key, std::move(value));
      } else if (field->type.kind != TypeKind::Any && diagnostics_.errors().size() == errors &&
                 !may_give_nothing(entry.value)) {
        add(empty_field(inner, *field, place(entry.value)));
      }
    }
    for (const Attribute& field : type.fields) {
      if (node.find(field.name) != nullptr) continue;
      if (field.required) {
        add(Error{.code = Code::MissingAttribute,
                  .message = what + " needs '" + field.name + "'",
                  .where = node.where});
      }
      if (!field.default_value.is_null()) out.append(field.name, field.default_value);
    }
    return out;
  }

  const Reading& reading_;
  Diagnostics& diagnostics_;
};

std::string described(const Value& value) {
  if (value.is_text()) return in_quotes(value.as_text());
  if (value.is_secret()) return "a secret";
  if (value.is_list()) return "a list";
  if (value.is_map()) return "a mapping";
  return "the " + std::string(value.type_name()) + " " + in_quotes(value.display());
}

/// What helps where an expression gave a value of another type.
std::string conversion_hint(const Value& value, const Type& type) {
  if (type.kind == TypeKind::Mode && value.is_int()) {
    return "YAML read the mode as a number: quote it where it is defined";
  }
  const bool text = type.kind == TypeKind::Text || type.kind == TypeKind::Secret;
  if (text && value.is_bool()) {
    return "say which text is meant: {{ 'yes' if … else 'no' }}";
  }
  if (text && (value.is_list() || value.is_map())) return "see the filters join and to_json";
  if (value.is_secret()) {
    return "where it isn't one, say so: !env {name: NAME, secret: false}";
  }
  const bool timed = type.kind == TypeKind::Duration || type.kind == TypeKind::Size;
  if (timed && (value.is_int() || value.is_float())) return "add the unit behind the expression";
  if (type.kind == TypeKind::List && value.is_text()) return "see the filters split and from_json";
  return {};
}

bool stays_secret(TypeKind kind) {
  return kind == TypeKind::Text || kind == TypeKind::Secret || kind == TypeKind::Path ||
         kind == TypeKind::Url || kind == TypeKind::Host || kind == TypeKind::OneOf;
}

bool takes_number(TypeKind kind) {
  return kind == TypeKind::Text || kind == TypeKind::Secret || kind == TypeKind::Int ||
         kind == TypeKind::Port || kind == TypeKind::OneOf;
}

/// The text by which a value is read as a scalar; nullopt where it has none for this type.
std::optional<std::string> scalar_text(const Value& value, const Type& type) {
  if (value.is_text()) return value.as_text();
  if (value.is_secret() && stays_secret(type.kind)) return std::string(value.bytes());
  if (value.is_int() && (takes_number(type.kind) || type.kind == TypeKind::Float)) {
    return value.display();
  }
  const bool text = type.kind == TypeKind::Text || type.kind == TypeKind::Secret;
  if (value.is_float() && (text || type.kind == TypeKind::Float)) return value.display();
  if (value.is_bool() && type.kind == TypeKind::Bool) return value.display();
  return std::nullopt;
}

Result<Value> typed_scalar(const Value& value, const Type& type, const std::string& what,
                           const Position& where) {
  if (value.is_float() && type.kind == TypeKind::Float) return value;
  const auto text = scalar_text(value, type);
  if (!text) {
    return fail(
        wrong_type(what, needed(type), described(value), where, conversion_hint(value, type)));
  }
  auto read = read_scalar(*text, type);
  if (!read) {
    const ScalarRefusal& refusal = read.error();
    return fail(wrong_type(what, refusal.needs, described(value), where,
                           refusal.hint.empty() ? conversion_hint(value, type) : refusal.hint));
  }
  return value.is_secret() ? made_secret(*read) : *read;
}

Result<Value> typed_list(const Value& value, const Type& type, const std::string& what,
                         const Position& where) {
  ValueList out;
  for (const Value& item : value.as_list()) {
    if (item.is_null()) {
      return fail(wrong_type("an item of " + what, needed(type.element.at(0)), "nothing", where));
    }
    HF_TRY(Value typed, typed_value(item, type.element.at(0), "an item of " + what, where));
    out.push_back(std::move(typed));
  }
  return Value(std::move(out));
}

Result<Value> typed_map(const Value& value, const Type& type, const std::string& what,
                        const Position& where) {
  ValueMap out;
  for (const auto& [name, item] : value.as_map()) {
    const std::string inner = "'" + printable(name) + "' in " + what;
    const Attribute* field = find_field(type, name);
    if (type.kind == TypeKind::Object && field == nullptr) {
      return fail(Error{.code = Code::UnknownAttribute,
                        .message = what + " has no key '" + printable(name) + "'",
                        .where = where,
                        .hint = did_you_mean(name, field_names(type))});
    }
    HF_TRY(Value typed,
           typed_value(item, field != nullptr ? field->type : type.element.at(0), inner, where));
    if (field != nullptr && typed.is_null() && field->type.kind != TypeKind::Any) {
      return fail(empty_field(inner, *field, where));
    }
    if (field != nullptr && field->secret) typed = made_secret(typed);
    if (!typed.is_null()) out.append(name, std::move(typed));
  }
  for (const Attribute& field : type.fields) {
    if (out.find(field.name) != nullptr) continue;
    if (field.required) {
      return fail(Error{.code = Code::MissingAttribute,
                        .message = what + " needs '" + field.name + "'",
                        .where = where});
    }
    if (!field.default_value.is_null()) out.append(field.name, field.default_value);
  }
  return Value(std::move(out));
}

}  // namespace

Value made_secret(const Value& value) {
  if (value.is_text()) return Value(Secret(value.as_text())).tainted(value.reported_by());
  if (value.is_list()) {
    ValueList out;
    for (const Value& item : value.as_list()) out.push_back(made_secret(item));
    return Value(std::move(out)).tainted(value.reported_by());
  }
  if (value.is_map()) {
    ValueMap out;
    for (const auto& [name, item] : value.as_map()) out.append(name, made_secret(item));
    return Value(std::move(out)).tainted(value.reported_by());
  }
  return value;
}

Error hidden_error(const Error& error, const Type& type, const std::string& what) {
  return Error{.code = error.code,
               .message = what + " needs " + needed(type) + ", and this secret is none",
               .where = without_text(error.where)};
}

Position without_text(const Position& where) {
  if (!where.known()) return where;
  Position out = where;
  out.source = std::make_shared<const Source>(Source{where.source->path, {}});
  return out;
}

Value typed_node(const YamlNode& node, const Type& type, const std::string& what,
                 const Reading& reading, Diagnostics& diagnostics) {
  return TypedReader(reading, diagnostics).read(node, type, what);
}

Value typed_attribute(const YamlNode& node, const Attribute& attribute, const std::string& what,
                      const Reading& reading, Diagnostics& diagnostics) {
  const bool secret = attribute.secret || attribute.type.kind == TypeKind::Secret;
  const Reading inner{.reader = reading.reader,
                      .raw = reading.raw || attribute.raw,
                      .hidden = reading.hidden || secret};
  Value value = typed_node(node, attribute.type, what, inner, diagnostics);
  return secret ? made_secret(value) : value;
}

Value typed_value(const YamlNode& node, const Type& type, const std::string& what,
                  Diagnostics& diagnostics) {
  return typed_node(node, type, what, Reading{}, diagnostics);
}

Result<Value> typed_value(const Value& value, const Type& type, const std::string& what,
                          Position where) {
  if (value.is_null() || value.is_unknown() || type.kind == TypeKind::Any) return value;
  Result<Value> typed = Value();
  if (type.kind == TypeKind::List && value.is_list()) {
    typed = typed_list(value, type, what, where);
  } else if ((type.kind == TypeKind::Map || type.kind == TypeKind::Object) && value.is_map()) {
    typed = typed_map(value, type, what, where);
  } else {
    typed = typed_scalar(value, type, what, where);
  }
  if (!typed) return typed;
  return typed->tainted(value.reported_by());
}

}  // namespace holdfast
