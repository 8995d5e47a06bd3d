#include "engine/template/evaluator.h"

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/template/python_text.h"

namespace holdfast::jinja {
namespace {

using Kind = Expr::Kind;

/// "facts.os" for a message; "" for anything that isn't a plain path.
std::string path_text(const Expr& expr) {
  if (expr.kind == Kind::Name) return expr.name;
  if (expr.kind != Kind::Attribute) return {};
  const std::string object = path_text(*expr.children[0]);
  return object.empty() ? object : object + "." + expr.name;
}

int inner_levels(const Term& term) { return std::max(0, term.levels - 1); }

}  // namespace

tl::unexpected<Error> Evaluator::placed(Error error, Span at) const {
  if (!error.where.known()) error.where = source_.at(at);
  return fail(std::move(error));
}

Error Evaluator::out_of_budget() const {
  return {.code = Code::TemplateLimit,
          .message = "this does more than a template may (" + std::to_string(kMaxSteps) +
                     " evaluations, texts of " + std::to_string(kMaxText >> 20U) + " MiB)",
          .where = {},
          .hint = "loop over less, or prepare the data elsewhere"};
}

Result<Value> Evaluator::value_of(const Expr& expr) {
  HF_TRY(Value value, evaluate_used(expr));
  Mixture mixture(budget_);
  mixture.add(value);
  if (budget_.exhausted()) return placed(out_of_budget(), expr.at);
  return value.tainted(mixture.hosts());
}

Result<Term> Evaluator::evaluate(const Expr& expr) {
  if (!budget_.spend(1)) return placed(out_of_budget(), expr.at);
  Result<Term> term = dispatch(expr);
  if (!term) return placed(std::move(term.error()), expr.at);
  if (budget_.exhausted()) return placed(out_of_budget(), expr.at);
  if (term->missing && !term->missing->error.where.known()) {
    Missing missing = *term->missing;
    missing.error.where = source_.at(expr.at);
    term->missing = std::make_shared<const Missing>(std::move(missing));
  }
  return term;
}

Result<Term> Evaluator::dispatch(const Expr& expr) {
  switch (expr.kind) {
    case Kind::Literal:
      return of(expr.literal);
    case Kind::Name:
      return name(expr);
    case Kind::Attribute:
      return attribute(expr);
    case Kind::Item:
      return item(expr);
    case Kind::List:
    case Kind::Tuple:
      return list(expr);
    case Kind::Map:
      return map(expr);
    case Kind::Unary:
    case Kind::Binary:
      return binary(expr);
    case Kind::Compare:
      return compare_chain(expr);
    case Kind::And:
    case Kind::Or:
      return any_or_all(expr);
    case Kind::Not:
      return negate(expr);
    case Kind::Concat:
      return concat(expr);
    case Kind::Conditional:
      return conditional(expr);
    case Kind::Call:
      return call(expr);
    case Kind::Filter:
      return filter(expr, std::nullopt);
    case Kind::Test:
      return test(expr);
    case Kind::Slice:
      break;
  }
  return fail(Code::Internal, "a slice outside of brackets");
}

Result<Value> Evaluator::evaluate_used(const Expr& expr) {
  HF_TRY(Term term, evaluate(expr));
  Result<Value> value = used(term);
  if (!value) return placed(std::move(value.error()), expr.at);
  return value;
}

Result<Term> Evaluator::used_term(const Expr& expr) {
  HF_TRY(Term term, evaluate(expr));
  if (auto value = used(term); !value) return placed(std::move(value.error()), expr.at);
  return term;
}

const Term* Evaluator::local(const std::string& wanted) const {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    if (const auto found = frame->find(wanted); found != frame->end()) return &found->second;
  }
  return nullptr;
}

void Evaluator::set_local(const std::string& wanted, Term term) {
  frames_.back()[wanted] = std::move(term);
}

Result<Term> Evaluator::name(const Expr& expr) {
  if (const Term* found = local(expr.name)) return *found;
  if (const auto found = from_scope_.find(expr.name); found != from_scope_.end()) {
    return found->second;
  }
  HF_TRY(Term term, lookup(expr.name, expr.at));
  return from_scope_.emplace(expr.name, std::move(term)).first->second;
}

Result<Term> Evaluator::lookup(const std::string& wanted, Span at) {
  Result<std::optional<Value>> found = scope_.find(wanted);
  if (!found) {
    Error error = std::move(found.error());
    const Position here = source_.at(at);
    if (error.where.known() && here.known()) error.notes.push_back({here, "used here"});
    return fail(std::move(error));
  }
  if (*found) return of(**found);
  Term term = undefined(in_quotes(wanted) + " is not defined");
  Missing missing = *term.missing;
  missing.error = scope_.undefined_here(std::move(missing.error), wanted);
  missing.hint = [this, wanted] { return nearest_names(wanted); };
  term.missing = std::make_shared<const Missing>(std::move(missing));
  return term;
}

std::string Evaluator::nearest_names(const std::string& wanted) const {
  if (wanted == "omit") return "write none: an attribute that is null is not managed";
  for (const std::string_view word : {"yes", "no", "on", "off"}) {
    if (wanted == word) return "truth is written true and false";
  }
  std::vector<std::string> known = scope_.names();
  for (const Frame& frame : frames_) {
    for (const auto& [key, term] : frame) known.push_back(key);
  }
  return did_you_mean(wanted, known);
}

Result<Term> Evaluator::attribute(const Expr& expr) {
  HF_TRY(Term object, evaluate(*expr.children[0]));
  if (object.missing) return object;
  if (object.loop) return object.loop->attribute(expr.name);
  if (object.space) {
    if (const Term* found = object.space->find(expr.name)) return *found;
    std::vector<std::string> known;
    for (const auto& [key, term] : object.space->entries) known.push_back(key);
    return undefined("the namespace has no " + in_quotes(expr.name),
                     did_you_mean(expr.name, known));
  }
  Term found = member_of(object.value, expr.name);
  if (found.missing) {
    const std::string path = path_text(*expr.children[0]);
    Missing missing = *found.missing;
    if (!path.empty()) missing.error.message = in_quotes(path) + " has no " + in_quotes(expr.name);
    found.missing = std::make_shared<const Missing>(std::move(missing));
  }
  found.levels = inner_levels(object);
  return found;
}

Result<Term> Evaluator::item(const Expr& expr) {
  HF_TRY(Term object, evaluate(*expr.children[0]));
  if (object.missing) return object;
  HF_TRY(Value value, used(object));
  if (expr.children[1]->kind == Kind::Slice) {
    HF_TRY(Term part, slice(value, *expr.children[1]));
    part.levels = object.levels;
    return part;
  }
  HF_TRY(const Value key, evaluate_used(*expr.children[1]));
  Mixture mixture(budget_);
  mixture.touch(value);
  mixture.touch(key);
  if (mixture.unknown()) return of(mixture.moved({}));
  Term found = member_of(value, key);
  found.value = mixture.moved(std::move(found.value));
  found.levels = inner_levels(object);
  return found;
}

Result<Term> Evaluator::list(const Expr& expr) {
  ValueList items;
  int levels = 0;
  for (const ExprPtr& child : expr.children) {
    HF_TRY(Term term, used_term(*child));
    levels = std::max(levels, term.levels);
    items.push_back(std::move(term.value));
  }
  if (levels >= kMaxLevels) return fail(out_of_budget());
  Term term = of(std::move(items), levels + 1);
  term.tuple = expr.kind == Kind::Tuple;
  return term;
}

Result<Term> Evaluator::map(const Expr& expr) {
  ValueMap out;
  int levels = 0;
  Mixture keys(budget_);
  for (std::size_t i = 0; i < expr.children.size(); i += 2) {
    const Expr& written = *expr.children[i];
    HF_TRY(const Value key, evaluate_used(written));
    HF_TRY(Term term, used_term(*expr.children[i + 1]));
    levels = std::max(levels, term.levels);
    keys.touch(key);
    if (key.is_unknown()) continue;
    if (key.is_secret()) {
      return placed({.code = Code::SecretRefused,
                     .message = "a secret can't be a key",
                     .where = {},
                     .hint = "keys are shown in plans; use it as a value"},
                    written.at);
    }
    if (!key.is_text() && !key.is_int()) {
      return placed({.code = Code::TemplateType,
                     .message = "a key must be a text, not " + shown(key),
                     .where = {},
                     .hint = "quote it"},
                    written.at);
    }
    budget_.spend_items(out.size());
    out.set(key.is_text() ? key.as_text() : std::to_string(key.as_int()), std::move(term.value));
  }
  if (levels >= kMaxLevels) return fail(out_of_budget());
  return of(keys.moved(std::move(out)), levels + 1);
}

Result<Term> Evaluator::binary(const Expr& expr) {
  HF_TRY(const Term left, used_term(*expr.children[0]));
  if (expr.kind == Kind::Unary) {
    HF_TRY(Value out, signed_value(expr.operators[0], left.value, budget_));
    return of(std::move(out));
  }
  HF_TRY(const Term right, used_term(*expr.children[1]));
  HF_TRY(Value out, calculate(expr.operators[0], left, right, budget_));
  return of(std::move(out), std::max(left.levels, right.levels));
}

Result<Term> Evaluator::compare_chain(const Expr& expr) {
  HF_TRY(Value left, evaluate_used(*expr.children[0]));
  Mixture mixture(budget_);
  for (std::size_t i = 0; i < expr.operators.size(); ++i) {
    HF_TRY(Value right, evaluate_used(*expr.children[i + 1]));
    HF_TRY(const Value truth, compared(expr.operators[i], left, right, budget_));
    mixture.touch(truth);
    if (mixture.unknown() || !truth.as_bool()) return of(mixture.moved(false));
    left = std::move(right);
  }
  return of(mixture.moved(true));
}

Result<Term> Evaluator::any_or_all(const Expr& expr) {
  Mixture mixture(budget_);
  Term last;
  for (const ExprPtr& child : expr.children) {
    HF_TRY(last, used_term(*child));
    mixture.touch(last.value);
    if (mixture.unknown()) return of(mixture.moved({}));
    if (truthy(last.value) == (expr.kind == Kind::Or)) break;
  }
  last.value = mixture.moved(std::move(last.value));
  return last;
}

Result<Term> Evaluator::negate(const Expr& expr) {
  HF_TRY(const Value value, evaluate_used(*expr.children[0]));
  Mixture mixture(budget_);
  mixture.touch(value);
  return of(mixture.moved(!truthy(value)));
}

Result<Term> Evaluator::concat(const Expr& expr) {
  Mixture mixture(budget_);
  std::string out;
  for (const ExprPtr& child : expr.children) {
    HF_TRY(const std::string part, written(*child, mixture));
    out += part;
    if (!budget_.spend_text(out.size())) break;
  }
  return of(mixture.built(std::move(out)));
}

Result<std::string> Evaluator::written(const Expr& expr, Mixture& mixture) {
  HF_TRY(const Term term, evaluate(expr));
  if (term.missing && term.missing->blank) {
    mixture.touch(term.value);
    return std::string();
  }
  Result<Value> value = used(term);
  if (!value) return placed(std::move(value.error()), expr.at);
  return to_text(*value, mixture, budget_);
}

Result<Term> Evaluator::conditional(const Expr& expr) {
  HF_TRY(const Value condition, evaluate_used(*expr.children[1]));
  Mixture mixture(budget_);
  mixture.touch(condition);
  if (mixture.unknown()) return of(mixture.moved({}));
  const Expr* chosen = truthy(condition) ? expr.children[0].get() : expr.children[2].get();
  if (chosen == nullptr) {
    Term none = undefined("the condition is false and there is no 'else'",
                          "add what else it should be: `a if condition else b`");
    Missing missing = *none.missing;
    missing.blank = true;
    none.missing = std::make_shared<const Missing>(std::move(missing));
    none.value = mixture.moved({});
    return none;
  }
  HF_TRY(Term term, evaluate(*chosen));
  term.value = mixture.moved(std::move(term.value));
  return term;
}

}  // namespace holdfast::jinja
