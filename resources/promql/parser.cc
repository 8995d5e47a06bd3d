#include <algorithm>
#include <cstdlib>

#include "engine/core/text.h"
#include "resources/promql/lexer.h"
#include "resources/promql/promql.h"
#include "resources/promql/regex.h"
#include "resources/promql/type_check.h"

namespace holdfast {
namespace promql {
namespace {

/// Thrown at what the grammar has no place for; caught by read_promql alone.
struct SyntaxError {
  PromqlProblem problem;
};

class Parser {
 public:
  Parser(std::string_view text, PromqlFrom from) : text_(text), tokens_(lex(text, from)) {}

  PromqlQuery run() {
    try {
      if (now().kind == TokenKind::End) throw SyntaxError{{0, 1, "there is no expression"}};
      const ValueType type = expression(0).type;
      if (now().kind != TokenKind::End) unexpected("");
      if (type == ValueType::Matrix) out_.no_sample = "a range vector";
      if (type == ValueType::String) out_.no_sample = "a text";
    } catch (const SyntaxError& error) {
      // Nobody knows what a variable in its place would make of the text.
      if (!variables_) out_.problems.push_back(error.problem);
    }
    std::stable_sort(out_.problems.begin(), out_.problems.end(),
                     [](const auto& a, const auto& b) { return a.offset < b.offset; });
    return std::move(out_);
  }

 private:
  const Token& now() const { return tokens_[at_]; }
  const Token& then() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take() {
    variables_ = variables_ || now().kind == TokenKind::Variable;
    return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_];
  }
  std::size_t end_before() const {
    return at_ == 0 ? 0 : tokens_[at_ - 1].offset + tokens_[at_ - 1].length;
  }
  bool is(std::string_view symbol) const {
    const bool fits = now().kind == TokenKind::Symbol || now().kind == TokenKind::Keyword;
    return fits && now().text == symbol;
  }
  bool accept(std::string_view symbol) {
    if (!is(symbol)) return false;
    take();
    return true;
  }
  void expect(std::string_view symbol, const std::string& where) {
    if (!accept(symbol)) unexpected(where + ": '" + std::string(symbol) + "' is missing");
  }
  [[noreturn]] void unexpected(const std::string& why) {
    variables_ = variables_ || now().kind == TokenKind::Variable;
    const Token& token = now();
    std::string message = token.text;
    if (token.kind == TokenKind::End) {
      message = "the expression ends too early";
    } else if (token.kind != TokenKind::Error) {
      const bool text = token.kind == TokenKind::String;
      message =
          text ? "a text can't stand here" : "'" + printable(token.text) + "' can't stand here";
    }
    if (!why.empty() && token.kind != TokenKind::Error) message += " (" + why + ")";
    throw SyntaxError{{token.offset, token.length, message}};
  }

  const Operator* binary_operator() const {
    for (const Operator& op : kOperators) {
      if (is(op.name)) return &op;
    }
    return nullptr;
  }

  Expression expression(int least) {
    if (++depth_ > kDeepest) throw SyntaxError{{now().offset, 1, "it is nested too deeply"}};
    Expression left = unary();
    while (const Operator* op = binary_operator()) {
      if (op->precedence < least) break;
      const Token name = take();
      const Matching matching = modifiers();
      const Expression right = expression(op->precedence == kPower ? kPower : op->precedence + 1);
      left = check_.joined(left, *op, name, matching, right);
    }
    --depth_;
    return left;
  }

  Expression unary() {
    if (!is("-") && !is("+")) return postfix(primary());
    const std::size_t begin = take().offset;
    Expression inner = expression(kUnary + 1);
    if (inner.type == ValueType::Matrix || inner.type == ValueType::String) {
      check_.problem(inner, "a sign goes before a scalar or an instant vector, not before " +
                                type_text(inner.type));
    }
    return {.type = inner.type, .begin = begin, .end = inner.end};
  }

  Matching modifiers() {
    Matching out;
    out.returns_bool = accept("bool");
    if (!is("on") && !is("ignoring")) return out;
    const bool on = take().text == "on";
    out.on = on;
    out.labels = labels();
    if (is("group_left") || is("group_right")) {
      take();
      out.grouped = true;
      if (is("(")) out.include = labels();
    }
    return out;
  }

  /// (a, b, ): the labels of by, without, on, ignoring, group_left, group_right.
  std::vector<Token> labels() {
    std::vector<Token> out;
    expect("(", "labels");
    while (!is(")")) {
      const bool name = now().kind == TokenKind::Identifier || now().kind == TokenKind::Keyword ||
                        now().kind == TokenKind::Variable || now().kind == TokenKind::String;
      if (!name) unexpected("a label's name is missing");
      out.push_back(take());
      if (!accept(",")) break;
    }
    expect(")", "labels");
    return out;
  }

  Expression primary() {
    const Token& token = now();
    switch (token.kind) {
      case TokenKind::Number:
      case TokenKind::Duration: {
        const Token number = take();
        if (number.kind == TokenKind::Number) {
          out_.numbers.push_back(std::strtod(number.text.c_str(), nullptr));
        }
        return {.type = ValueType::Scalar, .begin = number.offset, .end = end_before()};
      }
      case TokenKind::String: {
        const Token text = take();
        return {.type = ValueType::String, .begin = text.offset, .end = end_before()};
      }
      case TokenKind::Variable:
        return variable();
      case TokenKind::Identifier:
        if (then().kind == TokenKind::Symbol && then().text == "(") return call();
        return selector();
      case TokenKind::MetricName:
        return selector();
      case TokenKind::Keyword:
        return keyword();
      default:
        break;
    }
    if (is("{")) return selector();
    if (!is("(")) unexpected("");
    const std::size_t begin = take().offset;
    const Expression inner = expression(0);
    expect(")", "an expression in parentheses");
    return {.type = inner.type, .begin = begin, .end = end_before()};
  }

  Expression keyword() {
    const Token& token = now();
    const Token& next = then();
    const bool opens = next.kind == TokenKind::Symbol && next.text == "(";
    const bool grouping =
        next.kind == TokenKind::Keyword && (next.text == "by" || next.text == "without");
    if (is_aggregation(token.text) && (opens || grouping)) return aggregation();
    for (const std::string_view never :
         {"atan2", "bool", "on", "ignoring", "group_left", "group_right"}) {
      if (token.text == never) unexpected("");
    }
    return selector();
  }

  /// A variable may stand for a metric, a function, a number, a whole expression.
  Expression variable() {
    const Token token = take();
    if (is("(")) {
      arguments();
      return {.begin = token.offset, .end = end_before()};
    }
    if (is("{")) {
      MetricSelector selector;
      selector.offset = token.offset;
      braces(selector);
    }
    return {.form = Expression::Form::Selector, .begin = token.offset, .end = end_before()};
  }

  Expression call() {
    const Token name = take();
    const std::vector<Expression> given = arguments();
    Expression out{.begin = name.offset, .end = end_before()};
    out.type = check_.call(name, out, given);
    return out;
  }

  std::vector<Expression> arguments() {
    std::vector<Expression> out;
    expect("(", "arguments");
    if (accept(")")) return out;
    do {
      out.push_back(expression(0));
    } while (accept(","));
    expect(")", "arguments");
    return out;
  }

  Expression aggregation() {
    const Token name = take();
    const auto grouping = [&] {
      if (!is("by") && !is("without")) return false;
      take();
      labels();
      return true;
    };
    const bool grouped = grouping();
    const std::vector<Expression> given = arguments();
    if (!grouped) grouping();
    const Expression out{.type = ValueType::Vector, .begin = name.offset, .end = end_before()};
    check_.aggregation(name.text, out, given);
    return out;
  }

  Expression selector() {
    MetricSelector selector;
    selector.offset = now().offset;
    if (!is("{")) {
      const Token name = take();
      // A keyword's own text is in lower case.
      selector.name = text_.substr(name.offset, name.length);
      selector.length = name.length;
    }
    if (is("{")) {
      braces(selector);
    } else {
      finish(std::move(selector));
    }
    return {.form = Expression::Form::Selector,
            .type = ValueType::Vector,
            .begin = out_.selectors.back().offset,
            .end = end_before()};
  }

  void braces(MetricSelector& selector) {
    expect("{", "a selector");
    while (!is("}")) {
      matcher(selector);
      if (!accept(",")) break;
    }
    expect("}", "a selector");
    finish(std::move(selector));
  }

  void matcher(MetricSelector& selector) {
    const bool name = now().kind == TokenKind::Identifier || now().kind == TokenKind::Variable ||
                      now().kind == TokenKind::String;
    if (!name) unexpected("a label's name is missing");
    const Token label = take();
    if (is(",") || is("}")) {
      // {"a.name"} is the metric's name, as 3.x writes it; a variable may hold whole matchers.
      if (label.kind == TokenKind::Identifier) unexpected("=, !=, =~ or !~ is missing");
      if (label.kind == TokenKind::String) {
        selector.matchers.push_back({"__name__", "=", label.text, label.offset, label.variable});
      }
      return;
    }
    LabelMatcher out{.label = label.text, .op = now().text, .value = "", .offset = label.offset};
    if (!is("=") && !is("!=") && !is("=~") && !is("!~")) unexpected("=, !=, =~ or !~ is missing");
    take();
    if (now().kind == TokenKind::Variable) {
      take();
      out.variable = true;
    } else {
      if (now().kind != TokenKind::String) unexpected("a label's value stands in quotes");
      const Token value = take();
      out.value = value.text;
      out.variable = value.variable;
      if (ends_with(out.op, "~") && !out.variable) {
        if (const auto why = regex_problem(out.value)) {
          check_.problem(value.offset, value.offset + value.length,
                         "no regular expression: " + *why);
        }
      }
    }
    if (label.kind != TokenKind::Variable) selector.matchers.push_back(std::move(out));
  }

  void finish(MetricSelector selector) {
    selector.length = end_before() - selector.offset;
    const std::size_t end = selector.offset + selector.length;
    bool open = selector.name.empty() && tokens_[at_ - 1].text == "}" && !variables_;
    for (const LabelMatcher& matcher : selector.matchers) {
      open = open && matches_nothing(matcher) == Matches::Yes;
      if (matcher.label == "__name__" && matcher.op == "=" && !selector.name.empty()) {
        check_.problem(selector.offset, end, "the metric's name is stated twice");
      }
    }
    if (open) {
      check_.problem(selector.offset, end,
                     "a selector without a name needs a matcher that not everything passes");
    }
    out_.selectors.push_back(std::move(selector));
  }

  Expression postfix(Expression inner) {
    for (;;) {
      if (is("[")) {
        range(inner);
      } else if (is("offset")) {
        offset(inner);
      } else if (is("@")) {
        at(inner);
      } else {
        return inner;
      }
      inner.end = end_before();
    }
  }

  bool accept_duration() {
    const bool fits = now().kind == TokenKind::Duration || now().kind == TokenKind::Number ||
                      now().kind == TokenKind::Variable;
    if (fits) take();
    return fits;
  }

  void range(Expression& inner) {
    const std::size_t begin = take().offset;
    if (!accept_duration()) unexpected("a range is written [5m]");
    if (accept("]")) {
      if (inner.form != Expression::Form::Selector) {
        check_.problem(begin, end_before(),
                       "a range goes with a metric only; of an expression: [1h:5m]");
      } else if (inner.offset || inner.at) {
        check_.problem(begin, end_before(), "a range goes before offset and @");
      }
      inner.form = Expression::Form::Range;
      inner.type = ValueType::Matrix;
      return;
    }
    // The lexer of Prometheus takes any letter for the colon.
    if (now().kind != TokenKind::Symbol || now().text == "]") unexpected("a range is written [5m]");
    take();
    accept_duration();
    expect("]", "a subquery is written [1h:5m]");
    if (inner.type != ValueType::Vector && inner.type != ValueType::Any) {
      check_.problem(inner,
                     "a subquery is made of an instant vector, not of " + type_text(inner.type));
    }
    inner = {.form = Expression::Form::Subquery,
             .type = ValueType::Matrix,
             .begin = inner.begin,
             .end = end_before()};
  }

  void modified(const Expression& inner, std::size_t begin, bool& already, const char* what) {
    if (inner.form == Expression::Form::Other && inner.type != ValueType::Any) {
      check_.problem(begin, end_before(),
                     std::string(what) + " goes with a metric, a range or a subquery only");
    } else if (already) {
      check_.problem(begin, end_before(), std::string(what) + " is stated twice");
    }
    already = true;
  }

  void offset(Expression& inner) {
    const std::size_t begin = take().offset;
    accept("-");
    if (!accept_duration()) unexpected("offset takes a duration, as in offset 5m");
    modified(inner, begin, inner.offset, "offset");
  }

  void at(Expression& inner) {
    const std::size_t begin = take().offset;
    if (is("start") || is("end")) {
      take();
      expect("(", "@ start() or @ end()");
      expect(")", "@ start() or @ end()");
    } else {
      if (!accept("-")) accept("+");
      const bool fits = now().kind == TokenKind::Number || now().kind == TokenKind::Variable;
      if (!fits) unexpected("@ takes a time in seconds, start() or end()");
      take();
    }
    modified(inner, begin, inner.at, "@");
  }

  static constexpr int kDeepest = 500;

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool variables_ = false;
  PromqlQuery out_;
  TypeCheck check_{out_.problems};
};

}  // namespace
}  // namespace promql

PromqlQuery read_promql(std::string_view text, PromqlFrom from) {
  return promql::Parser(text, from).run();
}

std::optional<PromqlProblem> check_promql(std::string_view text, PromqlFrom from) {
  const PromqlQuery query = read_promql(text, from);
  if (query.problems.empty()) return std::nullopt;
  return query.problems.front();
}

}  // namespace holdfast
