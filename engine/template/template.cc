#include "engine/template/template.h"

#include "engine/template/evaluator.h"
#include "engine/template/names.h"
#include "engine/template/parser.h"

namespace holdfast {
namespace {

bool writes_none(const jinja::Expr* expr) {
  using Kind = jinja::Expr::Kind;
  if (expr == nullptr) return false;
  if (expr->kind == Kind::Literal) return expr->literal.is_null();
  if (expr->kind == Kind::Conditional) {
    return writes_none(expr->children[0].get()) || writes_none(expr->children[2].get());
  }
  const bool falls_back = expr->kind == Kind::Filter &&
                          (expr->name == "default" || expr->name == "d") &&
                          !expr->arguments.empty();
  return falls_back && writes_none(expr->arguments.front().value.get());
}

}  // namespace

struct Template::Impl {
  jinja::SourceText source;
  jinja::Body body{};
  jinja::ExprPtr expression{};  ///< Of a bare expression.
  std::set<std::string> names{};

  /// The expression, where it is all that the template is.
  const jinja::Expr* only_expression() const {
    if (expression) return expression.get();
    const bool one = body.size() == 1 && body[0].kind == jinja::Statement::Kind::Output;
    return one ? body[0].value.get() : nullptr;
  }
};

Result<Template> Template::parse(std::string_view text, Position where, int block_indent) {
  auto impl = std::make_shared<Impl>(Impl{.source = {.text = std::string(text),
                                                     .where = std::move(where),
                                                     .block_indent = block_indent}});
  HF_TRY(impl->body, jinja::parse_template(impl->source));
  impl->names = jinja::free_names(impl->body);
  Template out;
  out.impl_ = std::move(impl);
  return out;
}

Result<Template> Template::parse_expression(std::string_view text, Position where) {
  auto impl = std::make_shared<Impl>(
      Impl{.source = {.text = std::string(text), .where = std::move(where)}});
  HF_TRY(impl->expression, jinja::parse_expression(impl->source));
  impl->names = jinja::free_names(*impl->expression);
  Template out;
  out.impl_ = std::move(impl);
  return out;
}

bool Template::has_markup(std::string_view text) {
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (next == '{' || next == '%' || next == '#') return true;
  }
  return false;
}

Result<Value> Template::render(const Scope& scope) const {
  jinja::Evaluator evaluator(impl_->source, scope);
  if (const jinja::Expr* only = impl_->only_expression()) return evaluator.value_of(*only);
  return evaluator.render(impl_->body);
}

bool Template::writes_none() const { return holdfast::writes_none(impl_->only_expression()); }

const std::set<std::string>& Template::names() const { return impl_->names; }

Result<std::optional<Value>> ValueScope::find(const std::string& name) const {
  if (const Value* found = values_.find(name)) return std::optional<Value>(*found);
  if (outer_ != nullptr) return outer_->find(name);
  return std::optional<Value>();
}

std::vector<std::string> ValueScope::names() const {
  std::vector<std::string> out;
  if (outer_ != nullptr) out = outer_->names();
  for (const auto& [name, value] : values_) out.push_back(name);
  return out;
}

Error ValueScope::undefined_here(Error error, const std::string& name) const {
  return outer_ == nullptr ? error : outer_->undefined_here(std::move(error), name);
}

bool truthy(const Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_int()) return value.as_int() != 0;
  if (value.is_float()) return value.as_float() != 0;
  if (value.is_list()) return !value.as_list().empty();
  if (value.is_map()) return !value.as_map().empty();
  return !value.bytes().empty();
}

}  // namespace holdfast
