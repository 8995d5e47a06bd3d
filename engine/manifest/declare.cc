#include "engine/manifest/declare.h"

#include <algorithm>
#include <cmath>

#include "engine/core/text.h"
#include "engine/manifest/common.h"
#include "engine/manifest/content.h"
#include "engine/manifest/keys.h"
#include "engine/manifest/provided.h"
#include "engine/manifest/references.h"

namespace holdfast {
namespace {

std::set<std::string> texts_of(const Value& value) {
  std::set<std::string> out;
  if (value.is_text()) out.insert(value.as_text());
  if (!value.is_list()) return out;
  for (const Value& item : value.as_list()) {
    if (item.is_text()) out.insert(item.as_text());
  }
  return out;
}

std::optional<std::chrono::milliseconds> milliseconds_of(const Value& value) {
  if (!value.is_float()) return std::nullopt;
  return std::chrono::milliseconds(std::llround(value.as_float() * 1000));
}

int lines_in(std::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

bool needed(const Attribute& attribute, const Resource& resource) {
  return attribute.required && !(resource.absent && !attribute.identity);
}

/// In place of what has an error, so that nothing is said to be missing because of it.
Value refused() { return Value(Unknown{"it has an error"}); }

void append(std::vector<Reference>& to, std::vector<Reference> more) {
  for (Reference& reference : more) to.push_back(std::move(reference));
}

}  // namespace

Value Declarer::common(const Item& item, std::string_view name, const ExpressionReader& reader) {
  const YamlNode* node = item.find_common(name);
  if (node == nullptr) return {};
  const Attribute& attribute = *find_common(name);
  const std::string what = "'" + attribute.name + "' of " + item.label();
  if (attribute.type.kind != TypeKind::List || node->kind != YamlNode::Kind::Scalar) {
    return typed_node(*node, attribute.type, what, {.reader = &reader}, diagnostics_);
  }
  // One word stands for a list of one; an expression may give either.
  auto special = reader.read(*node, false);
  if (!special) {
    diagnostics_.error(std::move(special.error()));
    return {};
  }
  Value value = special->value_or(Value(node->scalar));
  if (!value.is_list() && !value.is_unknown()) value = Value(ValueList{value});
  auto typed = typed_value(value, attribute.type, what, node->where);
  if (typed) return *typed;
  diagnostics_.error(std::move(typed.error()));
  return {};
}

std::vector<Reference> Declarer::references(const Item& item, std::string_view name,
                                            const ExpressionReader& reader) {
  const YamlNode* node = item.find_common(name);
  if (node == nullptr) return {};
  return read_references(*node, reader, registry_, inventory_, diagnostics_);
}

bool Declarer::wanted(const Item& item, const ExpressionReader& reader, Inherited& here) {
  const YamlNode* node = item.find_common("when");
  if (node == nullptr) return true;
  bool holds = true;
  for (const YamlNode* condition : one_or_more(*node)) {
    if (condition->kind != YamlNode::Kind::Scalar || Tags::tagged(*condition)) {
      diagnostics_.error(Error{.code = Code::WrongType,
                               .message = "'when' of " + item.label() + " needs an expression",
                               .where = condition->where,
                               .hint = "for example: when: environment == 'production'"});
      continue;
    }
    const Result<Value> value = reader.condition(*condition);
    if (!value) {
      diagnostics_.error(value.error());
      continue;
    }
    collect_reporters(*value, here.reported_by);
    if (const Unknown* cause = value->find_unknown()) {
      if (!here.unknown) here.unknown = *cause;
    } else if (!truthy(*value)) {
      holds = false;
    }
  }
  return holds;
}

std::string Declarer::instance_path(const Item& item, const ExpressionReader& reader) {
  const Value name = common(item, "as", reader);
  if (!name.is_text()) return {};
  if (!plain_name(name.as_text())) {
    diagnostics_.error(Error{
        .code = Code::ManifestShape,
        .message = "'as' of " + item.label() + " can't be '" + printable(name.as_text()) + "'",
        .where = item.find_common("as")->where,
        .hint = "letters, digits, '_', '.' and '-'"});
    return {};
  }
  return name.as_text() + "/";
}

Inherited Declarer::inherit(const Item& item, const Inherited& around,
                            const ExpressionReader& reader) {
  Inherited out = around;
  append(out.requires_, references(item, "requires", reader));
  append(out.before, references(item, "before", reader));
  out.tags.merge(texts_of(common(item, "tags", reader)));
  out.trust_facts.merge(texts_of(common(item, "trust_facts", reader)));
  const Value policy = common(item, "on_failure", reader);
  if (policy.is_text()) out.on_failure = parse_policy(policy.as_text());
  const auto truth = [&](std::string_view name, bool& kept) {
    const Value value = common(item, name, reader);
    if (value.is_bool()) kept = value.as_bool();
  };
  truth("protect", out.protect);
  truth("audit", out.audit);
  truth("sensitive", out.sensitive);
  if (common(item, "rollback", reader).is_text()) out.keep = true;
  if (const auto limit = milliseconds_of(common(item, "timeout", reader))) out.timeout = limit;
  return out;
}

std::optional<Declaration> Declarer::declare(const Item& item, const Inherited& around,
                                             const ExpressionReader& reader) {
  Declaration out;
  out.resource.kind = item.kind->schema().kind;
  out.resource.path = around.path;
  out.resource.where = item.where;
  out.when_unknown = around.unknown;
  out.reported_by = around.reported_by;
  const Inherited own = inherit(item, around, reader);
  out.requires_ = own.requires_;
  out.before = own.before;
  out.tags = own.tags;
  out.trust_facts = own.trust_facts;
  out.on_failure = own.on_failure;
  out.protect = own.protect;
  out.audit = own.audit;
  out.keep = own.keep;
  out.timeout = own.timeout;
  out.resource.sensitive = own.sensitive;
  const bool named = add_name(out, item, reader);
  add_common(out, item, reader);
  add_provided(out, item, reader);
  add_attributes(out, item, reader);
  add_content(out, item, reader);
  add_defaults(out, item);
  add_reporters(out);
  if (!named) return std::nullopt;
  return out;
}

bool Declarer::add_name(Declaration& out, const Item& item, const ExpressionReader& reader) {
  const Schema& schema = item.kind->schema();
  const std::string what = "the name of this " + schema.kind;
  const std::size_t errors = diagnostics_.errors().size();
  const Value name =
      typed_node(*item.name, schema.name_type, what, {.reader = &reader}, diagnostics_);
  collect_reporters(name, out.reported_by);
  if (const Unknown* cause = name.find_unknown()) {
    out.resource.name = item.name->scalar;
    if (!out.when_unknown) out.when_unknown = *cause;
    return true;
  }
  if (name.is_secret()) {
    diagnostics_.error(Error{.code = Code::WrongType,
                             .message = what + " can't be a secret: names are shown",
                             .where = item.name->where});
    return false;
  }
  if (!name.is_null()) out.resource.name = name.is_text() ? name.as_text() : name.display();
  if (!out.resource.name.empty()) return true;
  if (diagnostics_.errors().size() > errors) return false;
  diagnostics_.error(Error{
      .code = Code::MissingAttribute, .message = what + " is empty", .where = item.name->where});
  return false;
}

void Declarer::add_common(Declaration& out, const Item& item, const ExpressionReader& reader) {
  out.restart_on = references(item, "restart_on", reader);
  out.reload_on = references(item, "reload_on", reader);
  const Value alias = common(item, "as", reader);
  if (alias.is_text()) {
    out.alias = alias.as_text();
    if (!plain_name(out.alias)) {
      diagnostics_.error(
          Error{.code = Code::ManifestShape,
                .message = "'as' of " + item.label() + " can't be '" + printable(out.alias) + "'",
                .where = item.find_common("as")->where,
                .hint = "letters, digits, '_', '.' and '-'"});
    }
  }
  const Value former = common(item, "was", reader);
  if (former.is_text()) {
    auto name = typed_value(former, item.kind->schema().name_type, "'was' of " + item.label(),
                            item.find_common("was")->where);
    if (name) out.was = std::string(name->bytes());
    if (!name) diagnostics_.error(std::move(name.error()));
  }
  const Value ensure = common(item, "ensure", reader);
  collect_reporters(ensure, out.reported_by);
  if (const Unknown* cause = ensure.find_unknown()) {
    if (!out.when_unknown) out.when_unknown = *cause;
  }
  out.resource.absent = ensure.is_text() && ensure.as_text() == "absent";
  if (!out.resource.absent || item.kind->schema().can_be_absent) return;
  diagnostics_.error(Error{.code = Code::NotAllowedHere,
                           .message = item.label() + " can't be absent",
                           .where = item.find_common("ensure")->where,
                           .hint = "delete it from the manifest"});
}

void Declarer::add_provided(Declaration& out, const Item& item, const ExpressionReader& reader) {
  const YamlNode* node = item.find_common("provides");
  if (node == nullptr) return;
  const Value value = common(item, "provides", reader);
  const Value* path = value.is_map() ? value.as_map().find("metrics_from") : nullptr;
  std::shared_ptr<const Source> file;
  if (path != nullptr && path->is_text() && !reader.checks_only()) {
    auto located = files_.locate(path->as_text(), node->where, {"files"});
    if (located) {
      auto text = files_.text(*located);
      if (text) file = *text;
      if (!text) diagnostics_.error(std::move(text.error()));
    } else {
      diagnostics_.error(std::move(located.error()));
    }
  }
  out.provides = std::make_shared<const Provided>(
      read_provided(value, file, node->where, item.label(), diagnostics_));
}

void Declarer::add_attributes(Declaration& out, const Item& item, const ExpressionReader& reader) {
  const Schema& schema = item.kind->schema();
  for (const YamlNode::Entry* entry : item.attributes) {
    const Attribute* attribute = schema.find(entry->key);
    if (attribute == nullptr) continue;
    const std::string what = "'" + attribute->name + "' of " + item.label();
    const std::size_t errors = diagnostics_.errors().size();
    Value value =
        typed_attribute(entry->value, *attribute, what, {.reader = &reader}, diagnostics_);
    if (diagnostics_.errors().size() > errors) value = refused();
    if (value.is_null()) {
      const bool by_expression = entry->value.kind != YamlNode::Kind::Null;
      if (by_expression && needed(*attribute, out.resource)) {
        diagnostics_.error(Error{.code = Code::MissingAttribute,
                                 .message = what + " is null, and can't be left out",
                                 .where = entry->value.where,
                                 .hint = "`when:` leaves out the resource"});
      }
      continue;
    }
    out.resource.places[attribute->name] = entry->value.where;
    if (attribute->placed) note_origin(out, *attribute, entry->value);
    out.resource.desired.append(attribute->name, std::move(value));
  }
}

void Declarer::note_origin(Declaration& out, const Attribute& attribute, const YamlNode& node) {
  // Only there does each line of the value have one of its own.
  if (node.style != YamlNode::Style::Literal || !node.text.known()) return;
  Position begin = node.text;
  begin.column = 1;
  out.resource.origins[attribute.name] = {begin, node.block_indent, lines_in(node.scalar)};
}

void Declarer::note_origin(Declaration& out, const Attribute& attribute,
                           const YamlNode::Entry& file) {
  const auto path = files_.locate(file.value.scalar, file.value.where,
                                  {file.key == "template" ? "templates" : "files"});
  if (!path) return;
  const auto source = files_.text(*path);
  if (!source) return;
  out.resource.origins[attribute.name] = {Position{*source, 1, 1}, 0, lines_in((*source)->text)};
}

/// `source:` and `template:` give the bytes of the attribute that holds a file's text.
void Declarer::add_content(Declaration& out, const Item& item, const ExpressionReader& reader) {
  const Schema& schema = item.kind->schema();
  const Attribute* content = content_attribute(schema);
  if (content == nullptr) return;
  std::vector<const YamlNode::Entry*> given;
  for (const YamlNode::Entry* entry : item.attributes) {
    const bool from_file = schema.find(entry->key) == nullptr;
    if (!from_file && entry->key != content->name) continue;
    if (entry->value.kind != YamlNode::Kind::Null) given.push_back(entry);
  }
  if (given.size() > 1) {
    diagnostics_.error(Error{
        .code = Code::NotAllowedHere,
        .message = item.label() + " has both '" + given[0]->key + "' and '" + given[1]->key + "'",
        .where = given[1]->where,
        .hint = "exactly one of " + content->name + ", source, template",
        .notes = {{given[0]->where, "the other one"}}});
    return;
  }
  if (given.empty() || given[0]->key == content->name) return;
  const std::string what = "'" + given[0]->key + "' of " + item.label();
  const std::size_t errors = diagnostics_.errors().size();
  auto value = content_of(*given[0], what, reader);
  if (diagnostics_.errors().size() > errors) value = refused();
  if (!value) return;
  if (content->secret) value = made_secret(*value);
  out.resource.places[content->name] = given[0]->value.where;
  if (content->placed) note_origin(out, *content, *given[0]);
  out.resource.desired.append(content->name, std::move(*value));
}

std::optional<Value> Declarer::content_of(const YamlNode::Entry& entry, const std::string& what,
                                          const ExpressionReader& reader) {
  const Value path = typed_node(entry.value, Type{}, what, {.reader = &reader}, diagnostics_);
  if (path.is_unknown()) return path;
  if (!path.is_text()) return std::nullopt;
  const auto failed = [&](Error error) {
    if (!error.where.known()) error.where = entry.value.where;
    diagnostics_.error(std::move(error));
    return std::nullopt;
  };
  const bool rendered = entry.key == "template";
  auto file = files_.locate(path.as_text(), entry.value.where, {rendered ? "templates" : "files"});
  if (!file) return failed(std::move(file.error()));
  if (rendered) {
    auto source = files_.text(*file);
    if (!source) return failed(std::move(source.error()));
    Result<Value> text = reader.file(*source);
    if (!text) return failed(std::move(text.error()));
    // A template that is one expression still makes a text.
    auto typed = typed_value(*text, Type{}, "the text of " + what, entry.value.where);
    if (!typed) return failed(std::move(typed.error()));
    return typed->is_null() ? Value("") : *typed;
  }
  if (reader.checks_only()) return Value(Unknown{"not read"});
  auto bytes = files_.bytes(*file);
  if (!bytes) return failed(std::move(bytes.error()));
  return Value(**bytes);
}

void Declarer::add_defaults(Declaration& out, const Item& item) {
  const Schema& schema = item.kind->schema();
  const Attribute* content = content_attribute(schema);
  for (const Attribute& attribute : schema.attributes) {
    if (out.resource.get(attribute.name) != nullptr) continue;
    bool mentioned = false;
    bool written = false;
    for (const YamlNode::Entry* entry : item.attributes) {
      const bool for_content = &attribute == content && schema.find(entry->key) == nullptr;
      if (entry->key != attribute.name && !for_content) continue;
      mentioned = true;
      written = written || entry->value.kind != YamlNode::Kind::Null;
    }
    if (needed(attribute, out.resource) && !written) {
      const std::string files = &attribute == content ? ", or 'source', or 'template'" : "";
      diagnostics_.error(Error{.code = Code::MissingAttribute,
                               .message = item.label() + " needs '" + attribute.name + "'" + files,
                               .where = item.where,
                               .hint = "see `holdfast explain " + schema.kind + "`"});
    } else if (!attribute.default_value.is_null() && !mentioned) {
      // A written null leaves it alone, default or not.
      out.resource.desired.append(attribute.name, attribute.default_value);
    }
  }
}

void Declarer::add_reporters(Declaration& out) {
  for (const auto& [name, value] : out.resource.desired) collect_reporters(value, out.reported_by);
}

}  // namespace holdfast
