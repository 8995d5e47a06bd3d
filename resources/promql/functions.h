#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::promql {

/// What an expression gives. Any: nobody can tell (a variable of Grafana's, an unknown function).
enum class ValueType { Scalar, Vector, Matrix, String, Any };

/// "a scalar", "an instant vector", …
std::string type_text(ValueType type);

struct Function {
  std::string_view name;
  std::vector<ValueType> arguments;
  /// Of the last argument: 0 exactly one, n up to n, -1 any number.
  int variadic = 0;
  ValueType gives = ValueType::Vector;
};

/// nullptr: no version that is known here has it.
const Function* find_function(std::string_view name);
/// The known name that `name` is a misspelling of, or "".
std::string meant_function(std::string_view name);

}  // namespace holdfast::promql
