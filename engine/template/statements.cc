#include <algorithm>

#include "engine/core/text.h"
#include "engine/template/evaluator.h"
#include "engine/template/python_text.h"

// Statements: what a template does between its texts.
namespace holdfast::jinja {

Result<Value> Evaluator::render(const Body& body) {
  Output output(budget_);
  outputs_.push_back(&output);
  HF_CHECK(run_body(body));
  if (stopped_) return stopped_->tainted(output.mixture.hosts());
  Value text = output.mixture.built(std::move(output.text));
  if (budget_.exhausted()) return placed(out_of_budget(), {});
  return text;
}

Result<void> Evaluator::run_body(const Body& body) {
  for (const Statement& statement : body) {
    if (!budget_.spend(1)) return placed(out_of_budget(), statement.at);
    Result<void> done = run_statement(statement);
    if (!done) return placed(std::move(done.error()), statement.at);
    if (budget_.exhausted()) return placed(out_of_budget(), statement.at);
    if (stopped_) return {};
  }
  return {};
}

Result<void> Evaluator::run_statement(const Statement& statement) {
  switch (statement.kind) {
    case Statement::Kind::Data:
      append(statement.text);
      return {};
    case Statement::Kind::Output:
      return write(*statement.value);
    case Statement::Kind::If:
      return run_if(statement);
    case Statement::Kind::For:
      return run_for(statement);
    case Statement::Kind::Set: {
      const Assignment& assignment = statement.assignments[0];
      HF_TRY(Term term, evaluate(*assignment.value));
      return assign(assignment.target, std::move(term));
    }
    case Statement::Kind::With:
      return run_with(statement);
    case Statement::Kind::SetBlock:
    case Statement::Kind::FilterBlock:
      return run_block(statement);
  }
  return {};
}

Result<void> Evaluator::write(const Expr& expr) {
  HF_TRY(const std::string text, written(expr, outputs_.back()->mixture));
  append(text);
  if (budget_.exhausted()) return placed(out_of_budget(), expr.at);
  return {};
}

void Evaluator::append(std::string_view text) {
  std::string& out = outputs_.back()->text;
  if (!budget_.spend_text(text.size())) return;
  if (out.size() + text.size() > kMaxText) budget_.spend_text(out.size() + text.size());
  if (!budget_.exhausted()) out += text;
}

Result<void> Evaluator::run_if(const Statement& statement) {
  for (const Branch& branch : statement.branches) {
    HF_TRY(const Value condition, evaluate_used(*branch.condition));
    outputs_.back()->mixture.touch(condition);
    if (condition.is_unknown()) {
      stopped_ = condition;
      return {};
    }
    if (truthy(condition)) return run_body(branch.body);
  }
  return run_body(statement.otherwise);
}

Result<bool> Evaluator::selected(const Statement& statement, const Value& item, int levels) {
  if (!statement.condition) return true;
  frames_.emplace_back();
  Result<void> unpacked = unpack(statement.assignments[0].target, of(item, levels));
  Result<Value> condition =
      unpacked ? evaluate_used(*statement.condition) : Result<Value>(fail(unpacked.error()));
  frames_.pop_back();
  HF_TRY(const Value truth, std::move(condition));
  outputs_.back()->mixture.touch(truth);
  if (truth.is_unknown()) stopped_ = truth;
  return truthy(truth);
}

Result<void> Evaluator::run_for(const Statement& statement) {
  const Assignment& loop = statement.assignments[0];
  HF_TRY(const Term many, used_term(*loop.value));
  outputs_.back()->mixture.touch(many.value);
  if (many.value.is_unknown()) {
    stopped_ = many.value;
    return {};
  }
  const Call call{.evaluator = *this, .budget = budget_, .name = "for"};
  Result<ValueList> all = call.items_of(many.value);
  if (!all) return placed(std::move(all.error()), loop.value->at);
  const int levels = std::max(0, many.levels - 1);
  std::vector<Value> items;
  for (Value& item : *all) {
    HF_TRY(const bool wanted, selected(statement, item, levels));
    if (stopped_) return {};
    if (wanted) items.push_back(item.tainted(many.value.reported_by()));
  }
  if (items.empty()) return run_body(statement.otherwise);
  ++loop_depth_;
  Result<void> done = run_rounds(statement, items, levels);
  --loop_depth_;
  return done;
}

Result<void> Evaluator::run_rounds(const Statement& statement, const std::vector<Value>& items,
                                   int levels) {
  const auto shared = std::make_shared<const std::vector<Value>>(items);
  for (std::size_t i = 0; i < items.size() && !stopped_; ++i) {
    budget_.spend(2);
    frames_.emplace_back();
    Term variable;
    variable.loop = std::make_shared<const Loop>(
        Loop{.items = shared, .index = i, .depth = loop_depth_, .levels = levels});
    set_local("loop", std::move(variable));
    Result<void> done = unpack(statement.assignments[0].target, of(items[i], levels));
    if (done) done = run_body(statement.body);
    frames_.pop_back();
    if (!done) return done;
  }
  return {};
}

Result<void> Evaluator::run_block(const Statement& statement) {
  Output output(budget_);
  outputs_.push_back(&output);
  frames_.emplace_back();
  Result<void> done = run_body(statement.body);
  frames_.pop_back();
  outputs_.pop_back();
  if (!done || stopped_) return done;
  Term text = of(output.mixture.built(std::move(output.text)));
  if (statement.value) {
    Result<Term> filtered = filter(*statement.value, std::move(text));
    if (!filtered) return placed(std::move(filtered.error()), statement.value->at);
    text = std::move(*filtered);
  }
  if (statement.kind == Statement::Kind::SetBlock) {
    return assign(statement.assignments[0].target, std::move(text));
  }
  HF_TRY(const Value value, used(text));
  append(to_text(value, outputs_.back()->mixture, budget_));
  return {};
}

Result<void> Evaluator::run_with(const Statement& statement) {
  std::vector<Term> values;
  for (const Assignment& assignment : statement.assignments) {
    HF_TRY(Term term, evaluate(*assignment.value));
    values.push_back(std::move(term));
  }
  frames_.emplace_back();
  Result<void> done;
  for (std::size_t i = 0; i < values.size() && done; ++i) {
    done = assign(statement.assignments[i].target, std::move(values[i]));
  }
  if (done) done = run_body(statement.body);
  frames_.pop_back();
  return done;
}

Result<void> Evaluator::assign(const Target& target, Term term) {
  if (!target.parts.empty()) return unpack(target, term);
  if (target.attribute.empty()) {
    set_local(target.name, std::move(term));
    return {};
  }
  const Term* found = local(target.name);
  if (found == nullptr || !found->space) {
    return placed({.code = Code::TemplateType,
                   .message = in_quotes(target.name) + " is no namespace",
                   .where = {},
                   .hint = "make it before: {% set " + target.name + " = namespace() %}"},
                  target.at);
  }
  // A namespace in a namespace could hold itself, and would never be freed.
  if (auto value = used(term); !value) return placed(std::move(value.error()), target.at);
  found->space->set(target.attribute, std::move(term));
  return {};
}

Result<void> Evaluator::unpack(const Target& target, const Term& term) {
  if (target.parts.empty()) return assign(target, term);
  HF_TRY(const Value value, used(term));
  if (!value.is_list() && !value.is_unknown()) {
    return placed({.code = Code::TemplateType,
                   .message = "can't take " + shown(value) + " apart into " +
                              std::to_string(target.parts.size()) + " names",
                   .where = {},
                   .hint = "a list of as many items is needed; for a map, loop over its items()"},
                  target.at);
  }
  if (value.is_list() && value.as_list().size() != target.parts.size()) {
    return placed({.code = Code::TemplateType,
                   .message = std::to_string(value.as_list().size()) + " items for " +
                              std::to_string(target.parts.size()) + " names",
                   .where = {}},
                  target.at);
  }
  for (std::size_t i = 0; i < target.parts.size(); ++i) {
    const Value item = value.is_list() ? value.as_list()[i].tainted(value.reported_by()) : value;
    HF_CHECK(unpack(target.parts[i], of(item, std::max(0, term.levels - 1))));
  }
  return {};
}

}  // namespace holdfast::jinja
