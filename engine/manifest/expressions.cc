#include "engine/manifest/expressions.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {

bool asks_for_facts(const Template& parsed, std::string_view text) {
  return std::any_of(parsed.names().begin(), parsed.names().end(), [&](const std::string& name) {
    if (name == "facts" || starts_with(name, "facts.")) return true;
    return starts_with(name, "hostvars") && text.find("facts") != std::string_view::npos;
  });
}

Result<const Template*> Expressions::keep(Result<Template> parsed, const void* key,
                                          std::string_view text) {
  const auto [kept, fresh] = known_.emplace(key, std::move(parsed));
  if (!kept->second) return fail(kept->second.error());
  if (asks_for_facts(*kept->second, text)) ask_for_facts_ = true;
  return &*kept->second;
}

Result<const Template*> Expressions::text(const YamlNode& scalar) {
  if (!Template::has_markup(scalar.scalar)) return nullptr;
  const auto known = known_.find(&scalar);
  if (known != known_.end()) {
    if (!known->second) return fail(known->second.error());
    return &*known->second;
  }
  return keep(Template::parse(scalar.scalar, scalar.text, scalar.block_indent), &scalar,
              scalar.scalar);
}

Result<const Template*> Expressions::condition(const YamlNode& scalar) {
  const auto known = known_.find(&scalar);
  if (known != known_.end()) {
    if (!known->second) return fail(known->second.error());
    return &*known->second;
  }
  if (Template::has_markup(scalar.scalar)) {
    return keep(fail(Error{.code = Code::NotAllowedHere,
                           .message = "an expression stands bare here, without '{{ }}'",
                           .where = scalar.where,
                           .hint = "for example: when: environment == 'production'"}),
                &scalar, {});
  }
  return keep(Template::parse_expression(scalar.scalar, scalar.text), &scalar, scalar.scalar);
}

Result<const Template*> Expressions::file(const std::shared_ptr<const Source>& source) {
  const auto known = known_.find(source.get());
  if (known != known_.end()) {
    if (!known->second) return fail(known->second.error());
    return &*known->second;
  }
  return keep(Template::parse(source->text, Position{source, 1, 1}), source.get(), source->text);
}

Result<Value> ExpressionReader::value(const Result<const Template*>& parsed) const {
  if (!parsed) return fail(parsed.error());
  if (scope_ == nullptr) return Value(Unknown{"not rendered"});
  return (*parsed)->render(*scope_);
}

Result<std::optional<Value>> ExpressionReader::read(const YamlNode& node, bool raw) const {
  if (Tags::tagged(node)) {
    if (scope_ == nullptr) {
      HF_CHECK(Tags::check(node));
      return std::optional<Value>(Unknown{"not asked"});
    }
    HF_TRY(Value value, tags_.resolve(node));
    return std::optional<Value>(std::move(value));
  }
  if (raw || node.kind != YamlNode::Kind::Scalar) return std::optional<Value>();
  HF_TRY(const Template* parsed, expressions_.text(node));
  if (parsed == nullptr) return std::optional<Value>();
  HF_TRY(Value rendered, value(parsed));
  return std::optional<Value>(std::move(rendered));
}

bool ExpressionReader::may_give_nothing(const YamlNode& node) const {
  if (node.kind != YamlNode::Kind::Scalar || Tags::tagged(node)) return false;
  const auto parsed = expressions_.text(node);
  return parsed && *parsed != nullptr && (*parsed)->writes_none();
}

Result<Value> ExpressionReader::condition(const YamlNode& scalar) const {
  return value(expressions_.condition(scalar));
}

Result<Value> ExpressionReader::file(const std::shared_ptr<const Source>& source) const {
  return value(expressions_.file(source));
}

}  // namespace holdfast
