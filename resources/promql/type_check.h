#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "resources/promql/functions.h"
#include "resources/promql/lexer.h"

namespace holdfast::promql {

/// An expression, as far as what stands around it asks.
struct Expression {
  enum class Form { Selector, Range, Subquery, Other } form = Form::Other;
  ValueType type = ValueType::Any;
  std::size_t begin = 0, end = 0;
  bool offset = false;
  bool at = false;
};

struct Operator {
  std::string_view name;
  int precedence;
};
inline constexpr int kUnary = 5;
inline constexpr int kPower = 6;
inline constexpr std::array<Operator, 16> kOperators = {{{"or", 1},
                                                         {"and", 2},
                                                         {"unless", 2},
                                                         {"==", 3},
                                                         {"!=", 3},
                                                         {"<", 3},
                                                         {"<=", 3},
                                                         {">", 3},
                                                         {">=", 3},
                                                         {"+", 4},
                                                         {"-", 4},
                                                         {"*", 5},
                                                         {"/", 5},
                                                         {"%", 5},
                                                         {"atan2", 5},
                                                         {"^", kPower}}};

/// on(…) or ignoring(…), and what groups.
struct Matching {
  bool returns_bool = false;
  bool on = false;
  std::vector<Token> labels{};
  bool grouped = false;
  std::vector<Token> include{};
};

/// What the grammar takes and Prometheus refuses all the same: a scalar in a vector's place, a
/// matching that has nothing to match.
class TypeCheck {
 public:
  explicit TypeCheck(std::vector<PromqlProblem>& problems) : problems_(problems) {}

  void problem(std::size_t begin, std::size_t end, std::string message);
  void problem(const Expression& at, std::string message);
  /// left NAME matching right.
  Expression joined(const Expression& left, const Operator& op, const Token& name,
                    const Matching& matching, const Expression& right);
  /// NAME(given…); what it gives.
  ValueType call(const Token& name, const Expression& whole, const std::vector<Expression>& given);
  void aggregation(const std::string& name, const Expression& whole,
                   const std::vector<Expression>& given);

 private:
  void sides(const Expression& left, const Token& name, const Expression& right);
  void wants(const Expression& given, ValueType type, const std::string& who);

  std::vector<PromqlProblem>& problems_;
};

}  // namespace holdfast::promql
