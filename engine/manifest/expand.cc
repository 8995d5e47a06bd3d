#include <algorithm>

#include "engine/core/text.h"
#include "engine/manifest/manifest_set.h"

namespace holdfast {
namespace {

constexpr std::size_t kMaxSteps = 100'000;

/// What `for_each` gives: `item` for each round.
std::vector<Value> rounds(const Value& value) {
  std::vector<Value> out;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) out.push_back(item.tainted(value.reported_by()));
    return out;
  }
  for (const auto& [key, item] : value.as_map()) {
    ValueMap pair;
    pair.append("key", Value(key).tainted(value.reported_by()));
    pair.append("value", item.tainted(value.reported_by()));
    out.emplace_back(std::move(pair));
  }
  return out;
}

/// Names that a document could not give, for a reason that was told, are not missed again.
bool is_news(const Error& error, const Document& document) {
  return document.names_known || error.code != Code::UndefinedName;
}

}  // namespace

void Expansion::add_host(const std::string& host, const std::vector<const Document*>& manifests,
                         Diagnostics& diagnostics) {
  host_ = host;
  addresses_.clear();
  identities_.clear();
  rank_ = 0;
  steps_ = 0;
  const ExpressionReader unbound(*set_.expressions, *set_.tags, nullptr);
  for (const Document* manifest : manifests) {
    manifest_ = manifest;
    all_names_known_ = manifest->names_known;
    Diagnostics found;
    sink_ = &found;
    const DocumentScope scope(*manifest, world_.scope(host), unbound, {});
    scope.check_inputs({}, found);
    items(manifest->items, scope.reader(), scope, {});
    for (const Error& error : found.errors()) {
      if (is_news(error, *manifest)) diagnostics.error(error);
    }
    for (const Error& warning : found.warnings()) diagnostics.warning(warning);
    // Where not every name is known, what is on the host can't be called an orphan.
    auto& owners = all_names_known_ ? catalog_.owners : catalog_.unsure;
    owners.push_back(set_.owner(*manifest, host));
  }
}

bool Expansion::too_many(const Position& where) {
  if (++steps_ <= kMaxSteps) return false;
  if (steps_ == kMaxSteps + 1) {
    sink_->error(on_host(
        {.code = Code::TooMany, .message = "more than 100,000 resources", .where = where}, host_));
  }
  return true;
}

void Expansion::items(const std::vector<Item>& all, const ExpressionReader& reader,
                      const Scope& scope, const Inherited& around) {
  for (const Item& item : all) {
    if (too_many(item.where)) return;
    each(item, reader, scope, around);
  }
}

void Expansion::each(const Item& item, const ExpressionReader& reader, const Scope& scope,
                     const Inherited& around) {
  const YamlNode* node = item.find_common("for_each");
  if (node == nullptr) {
    one(item, reader, scope, around);
    return;
  }
  const std::string what = "'for_each' of " + item.label();
  const std::size_t errors = sink_->errors().size();
  const Value value =
      typed_node(*node, Type{.kind = TypeKind::Any}, what, {.reader = &reader}, *sink_);
  if (value.is_unknown()) {
    // One declaration stands for however many there will be.
    all_names_known_ = false;
    Inherited unknown = around;
    if (!unknown.unknown) unknown.unknown = value.as_unknown();
    ValueScope inner({}, &scope);
    inner.set("item", value);
    inner.set("index", value);
    one(item, reader.with(inner), inner, unknown);
    return;
  }
  if (!value.is_list() && !value.is_map()) {
    catalog_.left_out.anything = true;
    if (sink_->errors().size() > errors) return;
    sink_->error(not_a_loop(item, *node, value));
    return;
  }
  Inherited listed = around;
  listed.reported_by.insert(value.reported_by().begin(), value.reported_by().end());
  std::int64_t index = 0;
  for (const Value& element : rounds(value)) {
    if (too_many(item.where)) return;
    ValueScope inner({}, &scope);
    inner.set("item", element);
    inner.set("index", Value(index++));
    one(item, reader.with(inner), inner, listed);
  }
}

void Expansion::one(const Item& item, const ExpressionReader& reader, const Scope& scope,
                    const Inherited& around) {
  Declarer declarer(set_.registry, *set_.files, &world_.inventory(), *sink_);
  Inherited here = around;
  if (!declarer.wanted(item, reader, here)) return;
  switch (item.what) {
    case Item::What::Resource:
      resource(item, reader, here);
      return;
    case Item::What::Block:
      items(item.items, reader, scope, declarer.inherit(item, here, reader));
      return;
    case Item::What::Use:
      use(item, reader, declarer.inherit(item, here, reader));
      return;
  }
}

void Expansion::use(const Item& item, const ExpressionReader& reader, const Inherited& around) {
  if (!item.module || !item.module->names_known) catalog_.left_out.anything = true;
  if (!item.module) return;
  Diagnostics inside;
  Diagnostics* const outside = sink_;
  Inherited inner = around;
  inner.path +=
      Declarer(set_.registry, *set_.files, &world_.inventory(), *sink_).instance_path(item, reader);
  std::map<std::string, Value> with;
  for (const YamlNode::Entry* entry : item.with) {
    const Input* input = item.module->input(entry->key);
    if (input == nullptr) continue;
    Diagnostics wrong;
    Value value = read_input(entry->value, *input, "input '" + input->name + "'", reader, wrong);
    for (const Error& error : wrong.errors()) sink_->error(error);
    for (const Error& warning : wrong.warnings()) sink_->warning(warning);
    // What rests on a wrong value is not judged by it, too.
    if (wrong.failed()) value = Unknown{"input '" + input->name + "' is wrong"};
    with[entry->key] = std::move(value);
  }
  const DocumentScope scope(*item.module, world_.scope(host_), reader, std::move(with));
  sink_ = &inside;
  scope.check_inputs(item.name->where, inside);
  items(item.module->items, scope.reader(), scope, inner);
  sink_ = outside;
  for (Error error : inside.errors()) {
    if (!is_news(error, *item.module)) continue;
    const bool points_here = error.where.source == item.where.source;
    if (!points_here) error.notes.push_back({item.where, "used here"});
    sink_->error(std::move(error));
  }
  for (const Error& warning : inside.warnings()) sink_->warning(warning);
}

void Expansion::resource(const Item& item, const ExpressionReader& reader,
                         const Inherited& around) {
  Declarer declarer(set_.registry, *set_.files, &world_.inventory(), *sink_);
  auto made = declarer.declare(item, around, reader);
  if (!made) {
    catalog_.left_out.anything = true;
    return;
  }
  made->host = host_;
  made->owner = set_.owner(*manifest_, host_);
  made->rank = rank_++;
  check_by_kind(*made, *item.kind, *sink_);
  refuse_twins(*made);
  if (made->when_unknown && made->resource.name == item.name->scalar &&
      Template::has_markup(item.name->scalar)) {
    all_names_known_ = false;
  }
  catalog_.declarations.push_back(std::move(*made));
}

/// One address and one identity once a host. Where `when` isn't known, the two may exclude each
/// other.
void Expansion::refuse_twins(const Declaration& made) {
  if (made.when_unknown) return;
  const std::size_t here = catalog_.declarations.size();
  const auto [address, fresh] = addresses_.emplace(made.resource.address(), here);
  const bool unknown = std::any_of(made.resource.desired.begin(), made.resource.desired.end(),
                                   [](const auto& entry) { return entry.second.find_unknown(); });
  std::size_t twin = address->second;
  if (fresh) {
    if (unknown) return;
    const Kind& kind = *set_.registry.kind(made.resource.kind);
    const auto [identity, first] = identities_.emplace(kind.identity(made.resource), here);
    if (first) return;
    twin = identity->second;
  }
  const Resource& other = catalog_.declarations[twin].resource;
  const bool same = other.address() == made.resource.address();
  sink_->error(
      on_host({.code = Code::DuplicateResource,
               .message = printable(made.resource.address()) + " is declared twice",
               .where = made.resource.where,
               .hint = "join the two; uses of one module are told apart by what their inputs name",
               .notes = {{other.where, "the first one"}}},
              host_, same ? "" : ", also as " + printable(other.address())));
}

}  // namespace holdfast
