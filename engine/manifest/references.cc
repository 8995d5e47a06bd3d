#include "engine/manifest/references.h"

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/keys.h"

namespace holdfast {
namespace {

tl::unexpected<Error> wrong(std::string message, const Position& where, std::string hint) {
  return fail(Error{.code = Code::ReferenceInvalid,
                    .message = std::move(message),
                    .where = where,
                    .hint = std::move(hint)});
}

class ReferenceReader {
 public:
  ReferenceReader(const ExpressionReader& reader, const Registry& registry,
                  const Inventory* inventory, Diagnostics& diagnostics)
      : reader_(reader), registry_(registry), inventory_(inventory), diagnostics_(diagnostics) {}

  void read(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::Mapping && !Tags::tagged(node)) {
      read_remote(node);
      return;
    }
    const Value value = rendered(node);
    if (value.is_list()) {
      for (const Value& item : value.as_list()) add_value(item, node.where);
    } else {
      add_value(value, node.where);
    }
  }

  std::vector<Reference> take() { return std::move(out_); }

 private:
  Value rendered(const YamlNode& node) {
    return typed_node(node, Type{.kind = TypeKind::Any}, "a reference", {.reader = &reader_},
                      diagnostics_);
  }

  void add_value(const Value& value, const Position& where) {
    if (value.is_null() || value.is_unknown()) return;
    if (!value.is_text()) {
      diagnostics_.error(
          Error{.code = Code::ReferenceInvalid,
                .message = "a reference is a text, not a " + std::string(value.type_name()),
                .where = where,
                .hint = "KIND NAME, or {on: HOST, resource: KIND NAME}"});
      return;
    }
    if (auto reference = parsed(value.as_text(), where)) out_.push_back(std::move(*reference));
  }

  std::optional<Reference> parsed(const std::string& text, const Position& where) {
    auto reference = parse_reference(text, registry_, where);
    if (reference) return std::move(*reference);
    diagnostics_.error(std::move(reference.error()));
    return std::nullopt;
  }

  /// {on: HOST, resource: KIND NAME}
  void read_remote(const YamlNode& node) {
    check_keys(node, {"on", "resource"}, "a reference", Code::UnknownAttribute, diagnostics_);
    const YamlNode* on = node.find("on");
    const YamlNode* resource = node.find("resource");
    if (on == nullptr || resource == nullptr) {
      diagnostics_.error(Error{.code = Code::ReferenceInvalid,
                               .message = "a reference to another host needs 'on' and 'resource'",
                               .where = node.where,
                               .hint = "{on: HOST, resource: KIND NAME}"});
      return;
    }
    const Value pattern = rendered(*on);
    const Value text = rendered(*resource);
    if (!text.is_text() || !pattern.is_text()) {
      if (!pattern.is_unknown() && !pattern.is_text()) add_value(ValueMap(), on->where);
      if (!text.is_unknown() && !text.is_text()) add_value(ValueMap(), resource->where);
      return;
    }
    const auto reference = parsed(text.as_text(), resource->where);
    if (!reference || inventory_ == nullptr) return;
    auto hosts = inventory_->select(pattern.as_text(), on->where);
    if (!hosts) {
      diagnostics_.error(std::move(hosts.error()));
      return;
    }
    for (const std::string& host : *hosts) {
      out_.push_back(*reference);
      out_.back().host = host;
    }
  }

  const ExpressionReader& reader_;
  const Registry& registry_;
  const Inventory* inventory_;
  Diagnostics& diagnostics_;
  std::vector<Reference> out_;
};

}  // namespace

Result<Reference> parse_reference(std::string_view text, const Registry& registry,
                                  const Position& where) {
  const std::string_view whole = trim(text);
  const std::string shown = "'" + printable(whole) + "'";
  constexpr const char* kForm = "KIND NAME, as in `file /etc/motd`, or what `as:` says";
  const std::size_t space = whole.find(' ');
  const std::string_view head = whole.substr(0, space);
  const std::size_t slash = head.rfind('/');
  const std::string word(slash == std::string_view::npos ? head : head.substr(slash + 1));
  if (word.empty()) return wrong(shown + " is no reference", where, kForm);
  const Kind* kind = registry.kind(word);
  if (space == std::string_view::npos) {
    if (kind == nullptr) return Reference{.address = std::string(whole), .where = where};
    return wrong(shown + " lacks the name of the " + word, where, kForm);
  }
  const std::string_view name = trim(whole.substr(space + 1));
  if (kind == nullptr) {
    std::vector<std::string> kinds;
    for (const Kind* known : registry.kinds()) kinds.push_back(known->schema().kind);
    std::string hint = did_you_mean(word, kinds);
    if (registry.kind(name.substr(0, name.find(' '))) != nullptr) {
      hint = "on another host: {on: " + printable(head) + ", resource: " + printable(name) + "}";
    }
    return wrong("there is no kind '" + printable(word) + "', so " + shown + " is no reference",
                 where, hint.empty() ? kForm : hint);
  }
  HF_TRY(const Value typed,
         typed_value(Value(name), kind->schema().name_type, "the name in " + shown, where));
  return Reference{.address = std::string(head) + " " + std::string(typed.bytes()), .where = where};
}

std::vector<Reference> read_references(const YamlNode& node, const ExpressionReader& reader,
                                       const Registry& registry, const Inventory* inventory,
                                       Diagnostics& diagnostics) {
  ReferenceReader references(reader, registry, inventory, diagnostics);
  for (const YamlNode* item : one_or_more(node)) references.read(*item);
  return references.take();
}

}  // namespace holdfast
