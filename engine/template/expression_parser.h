#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/template/ast.h"
#include "engine/template/lexer.h"

namespace holdfast::jinja {

struct Builtin;

/// Whether a word is a constant or an operator, and so no name.
bool fixed_word(std::string_view word);

/// Reads tokens into expressions, with Jinja2's precedences. A failing function returns null and
/// leaves error(): frames stay small, so that a hundred levels fit a small stack.
class ExpressionParser {
 public:
  ExpressionParser(const SourceText& source, std::vector<Token> tokens)
      : source_(source), tokens_(std::move(tokens)) {}

  /// A tuple without parentheses is allowed. @param conditional  Whether `a if b else c` is.
  ExprPtr tuple(bool conditional = true);
  ExprPtr expression(bool conditional = true);
  /// `name(arguments) | name …` applied to what the caller has: null to begin a filter block.
  ExprPtr filters(ExprPtr subject, bool first_without_pipe);
  bool target(Target& out, bool namespaces);

  const Token& current() const { return tokens_[at_]; }
  const Token& next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool take_name(std::string_view word);
  bool take_operator(std::string_view symbol);
  /// "'endif'", "the end of the template", for messages.
  std::string describe(const Token& token) const;
  /// Notes the first error.
  std::nullptr_t refuse(Span at, std::string message, std::string hint = {});
  bool failed() const { return error_.has_value(); }
  Error error() const { return *error_; }

  /// Counts one level of brackets or blocks; false, with an error, beyond the limit.
  bool enter(Span at);
  void leave() { --nesting_; }

 private:
  struct Nesting;
  ExprPtr make(Expr node);
  ExprPtr disjunction();
  ExprPtr conjunction();
  ExprPtr negation();
  ExprPtr comparison();
  ExprPtr arithmetic(int level);
  ExprPtr unary(bool with_filters);
  ExprPtr primary();
  ExprPtr constant_or_name();
  ExprPtr text();
  ExprPtr parenthesized();
  ExprPtr list();
  ExprPtr map();
  ExprPtr postfix(ExprPtr node);
  ExprPtr subscript(ExprPtr object);
  ExprPtr slice_or_index();
  ExprPtr call(ExprPtr callee);
  bool arguments(std::vector<Argument>& out);
  bool argument(std::vector<Argument>& out);
  /// Takes over the error of a look-up.
  bool known(const Result<const Builtin*>& found, Span at);
  bool dotted_name(std::string& out, Span& at);
  ExprPtr test(ExprPtr subject);
  bool comparison_operator(Operator& out);
  bool simple_target(Target& out, bool namespaces);
  bool target_list(Target& out, bool in_parentheses);
  bool at_tuple_end() const;

  const SourceText& source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  std::optional<Error> error_;
};

}  // namespace holdfast::jinja
