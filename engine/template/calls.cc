#include <algorithm>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/template/evaluator.h"

// Calls: filters, tests, methods, functions; and slices, which work like one.
namespace holdfast::jinja {
namespace {

/// A parameter's name and whether it must be given ("name!").
struct Parameter {
  std::string_view name;
  bool required;
};

std::vector<Parameter> parameters_of(const Builtin& builtin) {
  std::vector<Parameter> out;
  if (builtin.parameters.empty()) return out;
  for (std::string_view word : split(builtin.parameters, ' ')) {
    const bool required = ends_with(word, "!");
    if (required) word.remove_suffix(1);
    out.push_back({word, required});
  }
  return out;
}

std::string called(const Builtin& builtin) { return "'" + std::string(builtin.name) + "'"; }

/// Puts arguments to their parameters.
class Binder {
 public:
  Binder(const Builtin& builtin, Call& call)
      : builtin_(builtin), call_(call), parameters_(parameters_of(builtin)) {
    const auto star = [&](std::string_view mark) {
      const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                      [&](const Parameter& p) { return p.name == mark; });
      if (found == parameters_.end()) return false;
      parameters_.erase(found);
      return true;
    };
    any_named_ = star("**");
    any_positional_ = star("*");
  }

  Result<void> bind(Arguments given) {
    call_.args.resize(parameters_.size());
    for (std::size_t i = 0; i < given.positional.size(); ++i) {
      if (i < parameters_.size()) {
        call_.args[i] = std::move(given.positional[i]);
      } else if (any_positional_) {
        call_.rest.positional.push_back(std::move(given.positional[i]));
      } else {
        return fail(Code::TemplateType,
                    called(builtin_) + " takes at most " + std::to_string(parameters_.size()) +
                        " arguments, not " + std::to_string(given.positional.size()));
      }
    }
    for (auto& [key, term] : given.named) HF_CHECK(bind_named(key, std::move(term)));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (parameters_[i].required && !call_.args[i]) {
        return fail(Code::TemplateType, called(builtin_) + " needs the argument '" +
                                            std::string(parameters_[i].name) + "'");
      }
    }
    return {};
  }

 private:
  Result<void> bind_named(const std::string& key, Term term) {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (parameters_[i].name != key) continue;
      if (call_.args[i]) {
        return fail(Code::TemplateType,
                    called(builtin_) + " gets the argument " + in_quotes(key) + " twice");
      }
      call_.args[i] = std::move(term);
      return {};
    }
    if (any_named_) {
      call_.rest.named.emplace_back(key, std::move(term));
      return {};
    }
    std::vector<std::string> known;
    for (const Parameter& parameter : parameters_) known.emplace_back(parameter.name);
    std::string hint = did_you_mean(key, known);
    if (hint.empty() && !known.empty()) hint = "its arguments: " + join(known, ", ");
    return fail(Code::TemplateType, called(builtin_) + " has no argument " + in_quotes(key),
                std::move(hint));
  }

  const Builtin& builtin_;
  Call& call_;
  std::vector<Parameter> parameters_;
  bool any_positional_ = false;
  bool any_named_ = false;
};

/// Calls `visit` with each term that a call got.
template <class Visit>
Result<void> each_term(const Call& call, Visit visit) {
  HF_CHECK(visit(call.subject));
  for (const std::optional<Term>& term : call.args) {
    if (term) HF_CHECK(visit(*term));
  }
  for (const Term& term : call.rest.positional) HF_CHECK(visit(term));
  for (const auto& [key, term] : call.rest.named) HF_CHECK(visit(term));
  return {};
}

/// Whether the text shows a secret that is somewhere in the value.
bool shows_secret(const std::string& text, const Value& value, Budget& budget, int depth = 0) {
  if (depth > kMaxValueDepth || !budget.spend_items(8)) return true;
  if (value.is_secret() && !value.bytes().empty()) {
    return text.find(value.bytes()) != std::string::npos ||
           text.find(printable(value.bytes())) != std::string::npos;
  }
  const auto inside = [&](const Value& item) {
    return shows_secret(text, item, budget, depth + 1);
  };
  if (value.is_list()) {
    return std::any_of(value.as_list().begin(), value.as_list().end(), inside);
  }
  return value.is_map() && std::any_of(value.as_map().begin(), value.as_map().end(),
                                       [&](const auto& entry) { return inside(entry.second); });
}

/// Messages quote what a function got; where a secret is among it, they say only that.
Error without_secrets(Error error, const Call& call) {
  bool hidden = false;
  const Result<void> looked = each_term(call, [&](const Term& term) -> Result<void> {
    hidden = hidden || term.value.is_secret() ||
             shows_secret(error.message + error.hint, term.value, call.budget);
    return {};
  });
  const bool plain = error.code == Code::SecretRefused || error.code == Code::TemplateLimit;
  if (!looked || !hidden || plain) return error;
  error.message = in_quotes(call.name) + " can't work with what it got (not shown: a secret)";
  error.hint.clear();
  return error;
}

}  // namespace

Result<Term> Evaluator::run(const Builtin& builtin, Term subject, Arguments given) {
  Call call{
      .evaluator = *this, .budget = budget_, .name = builtin.name, .subject = std::move(subject)};
  HF_CHECK(Binder(builtin, call).bind(std::move(given)));
  Mixture mixture(budget_);
  int levels = 0;
  HF_CHECK(each_term(call, [&](const Term& term) -> Result<void> {
    levels = std::max(levels, term.levels);
    if (builtin.flow == Flow::Special) return {};
    HF_TRY(const Value value, used(term));
    builtin.flow == Flow::Moves ? mixture.touch(value) : mixture.add(value);
    return {};
  }));
  if (mixture.unknown()) return of(mixture.moved({}));
  Result<Term> done = builtin.run(call);
  if (!done) return fail(without_secrets(std::move(done.error()), call));
  Term out = std::move(*done);
  out.value = builtin.flow == Flow::Builds ? mixture.built(std::move(out.value))
                                           : mixture.moved(std::move(out.value));
  const bool container = out.value.is_list() || out.value.is_map();
  out.levels = container ? levels + builtin.levels : 0;
  if (out.levels > kMaxLevels || budget_.exhausted()) return fail(out_of_budget());
  return out;
}

Result<Arguments> Evaluator::arguments(const Expr& expr) {
  Arguments out;
  for (const Argument& argument : expr.arguments) {
    HF_TRY(Term term, evaluate(*argument.value));
    switch (argument.kind) {
      case Argument::Kind::Positional:
        out.positional.push_back(std::move(term));
        break;
      case Argument::Kind::Named:
        out.named.emplace_back(argument.name, std::move(term));
        break;
      case Argument::Kind::SpreadList: {
        HF_TRY(const Value value, used(term));
        if (!value.is_list()) {
          return placed({.code = Code::TemplateType,
                         .message = "'*' needs a list, not " + shown(value),
                         .where = {}},
                        argument.value->at);
        }
        budget_.spend_items(value.as_list().size());
        for (const Value& item : value.as_list()) {
          out.positional.push_back(of(item.tainted(value.reported_by()), term.levels));
        }
        break;
      }
      case Argument::Kind::SpreadMap: {
        HF_TRY(const Value value, used(term));
        if (!value.is_map()) {
          return placed({.code = Code::TemplateType,
                         .message = "'**' needs a map, not " + shown(value),
                         .where = {}},
                        argument.value->at);
        }
        for (const auto& [key, item] : value.as_map()) {
          out.named.emplace_back(key, of(item.tainted(value.reported_by()), term.levels));
        }
      }
    }
  }
  return out;
}

Result<Term> Evaluator::filter(const Expr& expr, std::optional<Term> subject) {
  HF_TRY(const Builtin* builtin, find_filter(expr.name));
  if (expr.children[0]) {
    const Expr& inner = *expr.children[0];
    if (subject) {
      HF_TRY(subject, filter(inner, std::move(subject)));
    } else {
      HF_TRY(subject, evaluate(inner));
    }
  }
  HF_TRY(Arguments given, arguments(expr));
  return run(*builtin, std::move(*subject), std::move(given));
}

Result<Term> Evaluator::test(const Expr& expr) {
  HF_TRY(const Builtin* builtin, find_test(expr.name));
  HF_TRY(Term subject, evaluate(*expr.children[0]));
  HF_TRY(Arguments given, arguments(expr));
  return run(*builtin, std::move(subject), std::move(given));
}

Result<Term> Evaluator::call(const Expr& expr) {
  const Expr& callee = *expr.children[0];
  if (callee.kind == Expr::Kind::Name) return call_function(expr);
  if (callee.kind != Expr::Kind::Attribute) {
    return fail(Code::TemplateType, "this can't be called",
                "only functions and methods can, by their names");
  }
  HF_TRY(Term object, evaluate(*callee.children[0]));
  if (object.loop && callee.name == "cycle") return cycle(*object.loop, expr);
  HF_TRY(const Value subject, used(object));
  if (subject.is_unknown()) return object;
  HF_TRY(const Builtin* method, find_method(callee.name, subject));
  HF_TRY(Arguments given, arguments(expr));
  return run(*method, std::move(object), std::move(given));
}

Result<Term> Evaluator::call_function(const Expr& expr) {
  const std::string& called_name = expr.children[0]->name;
  if (called_name == "namespace") return make_namespace(expr);
  HF_TRY(const Builtin* function, find_function(called_name));
  HF_TRY(Arguments given, arguments(expr));
  return run(*function, Term{}, std::move(given));
}

Result<Term> Evaluator::make_namespace(const Expr& expr) {
  HF_TRY(const Arguments given, arguments(expr));
  Term out;
  out.space = std::make_shared<Namespace>();
  for (const Term& term : given.positional) {
    HF_TRY(const Value value, used(term));
    if (value.is_unknown()) return of(value);
    if (!value.is_map()) {
      return fail(Code::TemplateType, "a namespace is made from a map, not " + shown(value));
    }
    for (const auto& [key, item] : value.as_map()) {
      budget_.spend_items(out.space->entries.size() + 8);
      out.space->set(key, of(item.tainted(value.reported_by()), term.levels));
    }
  }
  for (const auto& [key, term] : given.named) {
    HF_CHECK(used(term));
    out.space->set(key, term);
  }
  return out;
}

Result<Term> Evaluator::cycle(const Loop& loop, const Expr& expr) {
  HF_TRY(const Arguments given, arguments(expr));
  if (given.positional.empty()) return fail(Code::TemplateType, "'cycle' needs values");
  return given.positional[loop.index % given.positional.size()];
}

Result<Term> Evaluator::slice(const Value& object, const Expr& expr) {
  Mixture mixture(budget_);
  object.is_secret() ? mixture.add(object) : mixture.touch(object);
  std::vector<std::optional<std::int64_t>> bounds(3);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (!expr.children[i]) continue;
    HF_TRY(const Value bound, evaluate_used(*expr.children[i]));
    mixture.touch(bound);
    if (bound.is_null() || bound.is_unknown()) continue;
    const auto number = number_of(bound);
    if (!number || number->real) {
      return placed({.code = Code::TemplateType,
                     .message = "a slice needs whole numbers, not " + shown(bound),
                     .where = {}},
                    expr.children[i]->at);
    }
    bounds[i] = number->whole;
  }
  if (mixture.unknown()) return of(mixture.moved({}));
  Call call{.evaluator = *this, .budget = budget_, .name = "slice"};
  if (object.is_map()) return fail(Code::TemplateType, "a map can't be sliced");
  HF_TRY(const ValueList items, call.items_of(object));
  const auto size = static_cast<std::int64_t>(items.size());
  const std::int64_t step = bounds[2].value_or(1);
  if (step == 0) return fail(Code::TemplateType, "a slice's step can't be 0");
  const std::int64_t lowest = step > 0 ? 0 : -1;
  const auto clamp = [&](std::int64_t at) {
    if (at < 0) at = at < -size ? lowest : at + size;
    return std::min(std::max(at, lowest), step > 0 ? size : size - 1);
  };
  const std::int64_t start = clamp(bounds[0].value_or(step > 0 ? 0 : size));
  const std::int64_t stop = bounds[1] ? clamp(*bounds[1]) : (step > 0 ? size : -1);
  ValueList picked;
  const std::int64_t stride = std::min(std::max(step, -size - 1), size + 1);
  for (std::int64_t i = start; step > 0 ? i < stop : i > stop; i += stride) {
    picked.push_back(items[static_cast<std::size_t>(i)]);
  }
  if (object.is_list()) return of(mixture.moved(std::move(picked)));
  std::string text;
  for (const Value& character : picked) text += character.bytes();
  return of(mixture.built(std::move(text)));
}

}  // namespace holdfast::jinja
