#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/template/ast.h"
#include "engine/template/builtin.h"
#include "engine/template/template.h"

namespace holdfast::jinja {

/// One rendering: variables, budget, output. Made for it and thrown away.
class Evaluator {
 public:
  Evaluator(const SourceText& source, const Scope& scope) : source_(source), scope_(scope) {}

  /// A whole template's text.
  Result<Value> render(const Body& body);
  /// An expression's value.
  Result<Value> value_of(const Expr& expr);

  /// Runs a filter or test by its name on a value: what map() and select() need.
  Result<Term> run(const Builtin& builtin, Term subject, Arguments arguments);
  Budget& budget() { return budget_; }

 private:
  using Frame = std::map<std::string, Term>;
  /// Where text goes: the template's output, or a block's.
  struct Output {
    explicit Output(Budget& budget) : mixture(budget) {}
    std::string text{};
    Mixture mixture;
  };

  Result<Term> evaluate(const Expr& expr);
  Result<Term> dispatch(const Expr& expr);
  Result<Value> evaluate_used(const Expr& expr);
  Result<Term> used_term(const Expr& expr);
  Result<Term> name(const Expr& expr);
  Result<Term> attribute(const Expr& expr);
  Result<Term> item(const Expr& expr);
  Result<Term> slice(const Value& object, const Expr& expr);
  Result<Term> list(const Expr& expr);
  Result<Term> map(const Expr& expr);
  Result<Term> binary(const Expr& expr);
  Result<Term> compare_chain(const Expr& expr);
  Result<Term> any_or_all(const Expr& expr);
  Result<Term> negate(const Expr& expr);
  Result<Term> concat(const Expr& expr);
  /// The expression's text.
  Result<std::string> written(const Expr& expr, Mixture& mixture);
  Result<Term> conditional(const Expr& expr);
  Result<Term> call(const Expr& expr);
  Result<Term> call_function(const Expr& expr);
  Result<Term> filter(const Expr& expr, std::optional<Term> subject);
  Result<Term> test(const Expr& expr);
  Result<Arguments> arguments(const Expr& expr);
  Result<Term> make_namespace(const Expr& expr);
  Result<Term> cycle(const Loop& loop, const Expr& expr);

  Result<void> run_body(const Body& body);
  Result<void> run_statement(const Statement& statement);
  Result<void> run_if(const Statement& statement);
  Result<void> run_for(const Statement& statement);
  Result<void> run_rounds(const Statement& statement, const std::vector<Value>& items, int levels);
  Result<void> run_block(const Statement& statement);
  Result<void> run_with(const Statement& statement);
  Result<bool> selected(const Statement& statement, const Value& item, int levels);
  Result<void> write(const Expr& expr);
  void append(std::string_view text);
  Result<void> assign(const Target& target, Term term);
  Result<void> unpack(const Target& target, const Term& term);

  const Term* local(const std::string& name) const;
  void set_local(const std::string& name, Term term);
  Result<Term> lookup(const std::string& name, Span at);
  std::string nearest_names(const std::string& wanted) const;
  tl::unexpected<Error> placed(Error error, Span at) const;
  Error out_of_budget() const;

  const SourceText& source_;
  const Scope& scope_;
  Budget budget_{};
  std::vector<Frame> frames_ = std::vector<Frame>(1);
  std::map<std::string, Term> from_scope_;  ///< What was asked already.
  std::vector<Output*> outputs_;
  std::optional<Value> stopped_;  ///< Set where which text comes next is unknown.
  int loop_depth_ = 0;
};

}  // namespace holdfast::jinja
