#include <algorithm>

#include "engine/core/hide_secrets.h"
#include "engine/core/text.h"
#include "engine/manifest/common.h"
#include "engine/manifest/manifest_set.h"
#include "engine/manifest/stand_in.h"

namespace holdfast {
namespace {

/// Looks at a document without any host: expressions are parsed, not evaluated.
class DocumentCheck {
 public:
  DocumentCheck(ManifestSet::Impl& set, Diagnostics& diagnostics)
      : set_(set),
        diagnostics_(diagnostics),
        reader_(*set.expressions, *set.tags, nullptr),
        declarer_(set.registry, *set.files, nullptr, diagnostics) {}

  void check(const Document& document) {
    for (const Input& input : document.inputs) check_input(input);
    for (const VariableNode& variable : document.vars) {
      typed_node(*variable.node, Type{.kind = TypeKind::Any}, "'" + variable.name + "'",
                 {.reader = &reader_}, diagnostics_);
    }
    for (const Item& item : document.items) check_item(item, false);
  }

 private:
  void check_input(const Input& input) {
    if (input.fallback != nullptr) {
      read_input(*input.fallback, input, "the default of input '" + input.name + "'", reader_,
                 diagnostics_);
    }
    if (input.check == nullptr) return;
    if (input.check->kind != YamlNode::Kind::Scalar) {
      diagnostics_.error(
          Error{.code = Code::WrongType,
                .message = "'check' of input '" + input.name + "' needs an expression",
                .where = input.check->where});
      return;
    }
    const auto parsed = reader_.condition(*input.check);
    if (!parsed) diagnostics_.error(parsed.error());
  }

  void check_item(const Item& item, bool in_loop) {
    const YamlNode* loop = item.find_common("for_each");
    if (loop != nullptr) check_loop(item, *loop);
    in_loop = in_loop || loop != nullptr;
    Inherited ignored;
    declarer_.wanted(item, reader_, ignored);
    if (item.what == Item::What::Resource) {
      check_resource(item, in_loop);
      return;
    }
    declarer_.inherit(item, {}, reader_);
    for (const Item& inner : item.items) check_item(inner, in_loop);
    if (item.what != Item::What::Use) return;
    declarer_.instance_path(item, reader_);
    for (const YamlNode::Entry* entry : item.with) {
      const Input* input = item.module ? item.module->input(entry->key) : nullptr;
      if (input == nullptr) continue;
      read_input(entry->value, *input, "input '" + input->name + "'", reader_, diagnostics_);
    }
  }

  void check_loop(const Item& item, const YamlNode& node) {
    const Value value =
        typed_node(node, Type{.kind = TypeKind::Any}, "'for_each' of " + item.label(),
                   {.reader = &reader_}, diagnostics_);
    // What is null has its error, or was an expression.
    if (value.is_null() || value.is_unknown() || value.is_list() || value.is_map()) return;
    diagnostics_.error(not_a_loop(item, node, value));
  }

  void check_resource(const Item& item, bool in_loop) {
    const auto declaration = declarer_.declare(item, {}, reader_);
    if (declaration) check_by_kind(*declaration, *item.kind, diagnostics_);
    for (const YamlNode::Entry* entry : item.attributes) {
      const bool by_file =
          entry->key == "template" && item.kind->schema().find(entry->key) == nullptr;
      if (by_file && Template::has_markup(entry->value.scalar)) set_.templates_by_expression = true;
    }
    const auto name = reader_.parsed(*item.name);
    if (!in_loop || !name || *name == nullptr) return;
    const auto& names = (*name)->names();
    if (names.count("index") == 0) return;
    diagnostics_.warning(Error{.code = Code::IndexInName,
                               .message = "the name of this " + item.kind->schema().kind +
                                          " comes from its place in a list",
                               .where = item.name->where,
                               .hint = "when an item goes, all later ones change their names: use "
                                       "what `item` says"});
  }

  ManifestSet::Impl& set_;
  Diagnostics& diagnostics_;
  ExpressionReader reader_;
  Declarer declarer_;
};

}  // namespace

void check_document(const Document& document, ManifestSet::Impl& set, Diagnostics& diagnostics) {
  DocumentCheck(set, diagnostics).check(document);
}

Error not_a_loop(const Item& item, const YamlNode& node, const Value& value) {
  const bool bare = value.is_text() && node.plain() && !Template::has_markup(node.scalar);
  return Error{
      .code = Code::WrongType,
      .message = "'for_each' of " + item.label() + " needs a map or a list, not a " +
                 std::string(value.type_name()),
      .where = node.where,
      .hint = bare ? "of a variable: for_each: \"{{ " + printable(value.as_text()) + " }}\"" : ""};
}

void check_by_kind(const Declaration& declaration, const Kind& kind, Diagnostics& diagnostics) {
  if (declaration.when_unknown) return;
  const Resource& stated = declaration.resource;
  const bool known =
      std::all_of(stated.desired.begin(), stated.desired.end(),
                  [](const auto& entry) { return entry.second.find_unknown() == nullptr; });
  const auto stood_in = known ? std::nullopt : stand_in_for_secrets(stated, kind.schema());
  if (!known && !stood_in) return;
  // What stands in for a secret is nobody's mistake.
  std::set<Position> stand_ins;
  if (stood_in) {
    for (const std::string& name : stood_in->attributes) {
      const auto place = stated.places.find(name);
      if (place != stated.places.end()) stand_ins.insert(place->second);
    }
  }
  for (Error& error : kind.check(stood_in ? stood_in->resource : stated)) {
    if (stand_ins.count(error.where) > 0) continue;
    hide_secrets(error, Value(stated.desired));
    if (!error.where.known()) error.where = stated.where;
    diagnostics.error(std::move(error));
  }
}

}  // namespace holdfast
