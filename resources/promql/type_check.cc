#include "resources/promql/type_check.h"

#include <algorithm>

namespace holdfast::promql {

void TypeCheck::problem(std::size_t begin, std::size_t end, std::string message) {
  problems_.push_back({begin, std::max<std::size_t>(end - begin, 1), std::move(message)});
}

void TypeCheck::problem(const Expression& at, std::string message) {
  problem(at.begin, at.end, std::move(message));
}

void TypeCheck::sides(const Expression& left, const Token& name, const Expression& right) {
  for (const Expression* side : {&left, &right}) {
    if (side->type == ValueType::Matrix || side->type == ValueType::String) {
      problem(*side, "'" + name.text + "' takes scalars and instant vectors, not " +
                         type_text(side->type));
    }
  }
}

Expression TypeCheck::joined(const Expression& left, const Operator& op, const Token& name,
                             const Matching& matching, const Expression& right) {
  const bool comparison = op.precedence == 3;
  const bool set = op.precedence <= 2;
  const bool scalars = left.type == ValueType::Scalar && right.type == ValueType::Scalar;
  const bool a_scalar = left.type == ValueType::Scalar || right.type == ValueType::Scalar;
  const std::size_t end = name.offset + name.length;
  if (matching.returns_bool && !comparison) {
    problem(name.offset, end, "'bool' goes with a comparison only");
  }
  if (comparison && scalars && !matching.returns_bool) {
    problem(name.offset, end, "a comparison of two scalars needs 'bool'");
  }
  sides(left, name, right);
  if (a_scalar && set) problem(name.offset, end, "'" + name.text + "' takes instant vectors only");
  if (a_scalar && !set && !matching.labels.empty()) {
    problem(name.offset, end, "on and ignoring go between instant vectors only");
  }
  if (set && matching.grouped && !a_scalar) {
    problem(name.offset, end, "'" + name.text + "' takes neither group_left nor group_right");
  }
  for (const Token& label : matching.include) {
    const bool twice =
        matching.on && std::any_of(matching.labels.begin(), matching.labels.end(),
                                   [&](const Token& l) { return l.text == label.text; });
    if (twice) {
      problem(label.offset, label.offset + label.length,
              "'" + label.text + "' stands in on() and in the group at once");
    }
  }
  Expression out{.begin = left.begin, .end = right.end};
  if (scalars) {
    out.type = ValueType::Scalar;
  } else if (left.type != ValueType::Any && right.type != ValueType::Any) {
    out.type = ValueType::Vector;
  }
  return out;
}

ValueType TypeCheck::call(const Token& name, const Expression& whole,
                          const std::vector<Expression>& given) {
  const Function* function = find_function(name.text);
  if (function == nullptr) {
    const std::string meant = meant_function(name.text);
    if (!meant.empty()) {
      problem(name.offset, name.offset + name.length,
              "there is no function '" + name.text + "': did you mean '" + meant + "'?");
    }
    return ValueType::Any;
  }
  const std::size_t most = function->arguments.size();
  const std::size_t least = function->variadic == 0 ? most : most - 1;
  const std::size_t allowed =
      function->variadic == 0 ? most
                              : least + static_cast<std::size_t>(std::max(0, function->variadic));
  if (given.size() < least || (function->variadic >= 0 && given.size() > allowed)) {
    const std::string count =
        least == allowed || function->variadic < 0
            ? std::to_string(least) + (function->variadic < 0 ? " or more" : "")
            : std::to_string(least) + " to " + std::to_string(allowed);
    problem(whole, std::string(function->name) + "() takes " + count + " arguments, not " +
                       std::to_string(given.size()));
    return function->gives;
  }
  for (std::size_t i = 0; i < given.size() && most > 0; ++i) {
    wants(given[i], function->arguments[std::min(i, most - 1)], std::string(function->name) + "()");
  }
  return function->gives;
}

void TypeCheck::wants(const Expression& given, ValueType type, const std::string& who) {
  if (given.type == type || given.type == ValueType::Any) return;
  std::string hint;
  if (type == ValueType::Matrix && given.type == ValueType::Vector) hint = ": a range, as in x[5m]";
  problem(given, who + " takes " + type_text(type) + hint + ", not " + type_text(given.type));
}

void TypeCheck::aggregation(const std::string& name, const Expression& whole,
                            const std::vector<Expression>& given) {
  ValueType parameter = ValueType::Any;
  for (const std::string_view of : {"topk", "bottomk", "quantile", "limitk", "limit_ratio"}) {
    if (name == of) parameter = ValueType::Scalar;
  }
  if (name == "count_values") parameter = ValueType::String;
  const std::size_t wanted = parameter == ValueType::Any ? 1 : 2;
  if (given.size() != wanted) {
    problem(whole, name + "() takes " + std::to_string(wanted) +
                       (wanted == 1 ? " argument" : " arguments") + ", not " +
                       std::to_string(given.size()));
    return;
  }
  if (wanted == 2) wants(given.front(), parameter, name + "()");
  wants(given.back(), ValueType::Vector, name + "()");
}

}  // namespace holdfast::promql
