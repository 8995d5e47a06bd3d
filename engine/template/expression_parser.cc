#include "engine/template/expression_parser.h"

#include <algorithm>
#include <array>

#include "engine/core/text.h"
#include "engine/template/limits.h"

namespace holdfast::jinja {
namespace {

using Kind = Expr::Kind;

bool reserved(std::string_view word) {
  static constexpr std::array<std::string_view, 7> kWords = {"and", "or",   "not", "in",
                                                             "is",  "else", "if"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

struct BinaryOperator {
  std::string_view symbol;
  int level;
  Operator what;
};
constexpr int kConcatLevel = 1;
constexpr int kPowerLevel = 3;
constexpr std::array<BinaryOperator, 8> kBinary = {{{"+", 0, Operator::Add},
                                                    {"-", 0, Operator::Subtract},
                                                    {"~", kConcatLevel, Operator::Add},
                                                    {"*", 2, Operator::Multiply},
                                                    {"/", 2, Operator::Divide},
                                                    {"//", 2, Operator::FloorDivide},
                                                    {"%", 2, Operator::Modulo},
                                                    {"**", kPowerLevel, Operator::Power}}};

const BinaryOperator* binary_operator(const Token& token) {
  for (const BinaryOperator& entry : kBinary) {
    if (token.is_operator(entry.symbol)) return &entry;
  }
  return nullptr;
}

Span joined(Span first, Span last) {
  return {first.offset, last.offset + last.length - first.offset};
}

}  // namespace

bool fixed_word(std::string_view word) {
  static constexpr std::array<std::string_view, 6> kConstants = {"true", "false", "none",
                                                                 "True", "False", "None"};
  return reserved(word) ||
         std::find(kConstants.begin(), kConstants.end(), word) != kConstants.end();
}

/// One level of nesting for the time that it lives.
struct ExpressionParser::Nesting {
  Nesting(ExpressionParser& parser, Span at) : parser_(parser), entered(parser.enter(at)) {}
  ~Nesting() {
    if (entered) parser_.leave();
  }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  ExpressionParser& parser_;

 public:
  const bool entered;
};

bool ExpressionParser::enter(Span at) {
  if (nesting_ < kMaxNesting) {
    ++nesting_;
    return true;
  }
  if (!error_) {
    error_ = Error{.code = Code::TemplateLimit,
                   .message = "more than " + std::to_string(kMaxNesting) + " levels of nesting",
                   .where = source_.at(at),
                   .hint = "split it with `{% set %}`"};
  }
  return false;
}

std::nullptr_t ExpressionParser::refuse(Span at, std::string message, std::string hint) {
  if (!error_) {
    error_ = Error{.code = Code::TemplateSyntax,
                   .message = std::move(message),
                   .where = source_.at(at),
                   .hint = std::move(hint)};
  }
  return nullptr;
}

std::string ExpressionParser::describe(const Token& token) const {
  switch (token.kind) {
    case Token::Kind::End:
      return "the end";
    case Token::Kind::Data:
      return "text";
    case Token::Kind::BlockEnd:
      return "'%}'";
    case Token::Kind::OutputEnd:
      return "'}}'";
    default:
      return in_quotes(source_.slice(token.at));
  }
}

bool ExpressionParser::take_name(std::string_view word) {
  if (!current().is_name(word)) return false;
  take();
  return true;
}

bool ExpressionParser::take_operator(std::string_view symbol) {
  if (!current().is_operator(symbol)) return false;
  take();
  return true;
}

ExprPtr ExpressionParser::make(Expr node) {
  for (const ExprPtr& child : node.children) {
    if (child) node.depth = std::max(node.depth, child->depth + 1);
  }
  for (const Argument& argument : node.arguments) {
    node.depth = std::max(node.depth, argument.value->depth + 1);
  }
  if (node.depth > kMaxDepth) {
    return refuse(node.at, "an expression of more than " + std::to_string(kMaxDepth) + " levels",
                  "split it with `{% set %}`");
  }
  return std::make_unique<const Expr>(std::move(node));
}

bool ExpressionParser::at_tuple_end() const {
  const Token& token = current();
  return token.kind == Token::Kind::OutputEnd || token.kind == Token::Kind::BlockEnd ||
         token.kind == Token::Kind::End || token.is_operator(")") || token.is_name("recursive");
}

ExprPtr ExpressionParser::tuple(bool conditional) {
  const Span begin = current().at;
  std::vector<ExprPtr> items;
  bool is_tuple = false;
  while (!(is_tuple && at_tuple_end())) {
    items.push_back(expression(conditional));
    if (!items.back()) return nullptr;
    if (!take_operator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) return std::move(items.front());
  return make({.kind = Kind::Tuple, .at = begin, .children = std::move(items)});
}

ExprPtr ExpressionParser::expression(bool conditional) {
  ExprPtr value = disjunction();
  while (conditional && value && current().is_name("if")) {
    const Span at = take().at;
    ExprPtr condition = disjunction();
    if (!condition) return nullptr;
    ExprPtr otherwise;
    if (take_name("else")) {
      const Nesting level(*this, at);
      if (!level.entered) return nullptr;
      otherwise = expression();
      if (!otherwise) return nullptr;
    }
    value = make({.kind = Kind::Conditional,
                  .at = at,
                  .children = nodes(std::move(value), std::move(condition), std::move(otherwise))});
  }
  return value;
}

ExprPtr ExpressionParser::disjunction() {
  ExprPtr first = conjunction();
  if (!first || !current().is_name("or")) return first;
  const Span at = current().at;
  std::vector<ExprPtr> parts = nodes(std::move(first));
  while (take_name("or")) {
    parts.push_back(conjunction());
    if (!parts.back()) return nullptr;
  }
  return make({.kind = Kind::Or, .at = at, .children = std::move(parts)});
}

ExprPtr ExpressionParser::conjunction() {
  ExprPtr first = negation();
  if (!first || !current().is_name("and")) return first;
  const Span at = current().at;
  std::vector<ExprPtr> parts = nodes(std::move(first));
  while (take_name("and")) {
    parts.push_back(negation());
    if (!parts.back()) return nullptr;
  }
  return make({.kind = Kind::And, .at = at, .children = std::move(parts)});
}

ExprPtr ExpressionParser::negation() {
  if (!current().is_name("not")) return comparison();
  const Span at = take().at;
  const Nesting level(*this, at);
  if (!level.entered) return nullptr;
  ExprPtr inner = negation();
  if (!inner) return nullptr;
  return make({.kind = Kind::Not, .at = at, .children = nodes(std::move(inner))});
}

bool ExpressionParser::comparison_operator(Operator& out) {
  static constexpr std::array<std::pair<std::string_view, Operator>, 6> kSymbols = {
      {{"==", Operator::Equal},
       {"!=", Operator::NotEqual},
       {"<", Operator::Less},
       {"<=", Operator::LessEqual},
       {">", Operator::Greater},
       {">=", Operator::GreaterEqual}}};
  for (const auto& [symbol, what] : kSymbols) {
    if (!take_operator(symbol)) continue;
    out = what;
    return true;
  }
  if (current().is_name("not") && next().is_name("in")) {
    take();
    take();
    out = Operator::NotIn;
    return true;
  }
  out = Operator::In;
  return take_name("in");
}

ExprPtr ExpressionParser::comparison() {
  ExprPtr first = arithmetic(0);
  if (!first) return nullptr;
  Span at = current().at;
  std::vector<ExprPtr> parts = nodes(std::move(first));
  std::vector<Operator> operators;
  for (Operator what{}; comparison_operator(what);) {
    operators.push_back(what);
    parts.push_back(arithmetic(0));
    if (!parts.back()) return nullptr;
  }
  if (operators.empty()) return std::move(parts.front());
  return make({.kind = Kind::Compare,
               .at = at,
               .operators = std::move(operators),
               .children = std::move(parts)});
}

ExprPtr ExpressionParser::arithmetic(int level) {
  ExprPtr left = unary(true);
  while (left) {
    const BinaryOperator* found = binary_operator(current());
    if (found == nullptr || found->level < level) break;
    const Span at = current().at;
    std::vector<ExprPtr> parts = nodes(std::move(left));
    const bool concat = found->level == kConcatLevel;
    do {
      take();
      parts.push_back(arithmetic(found->level + 1));
      if (!parts.back()) return nullptr;
    } while (concat && current().is_operator("~"));
    left = make({.kind = concat ? Kind::Concat : Kind::Binary,
                 .at = at,
                 .operators = {found->what},
                 .children = std::move(parts)});
  }
  return left;
}

ExprPtr ExpressionParser::unary(bool with_filters) {
  ExprPtr node;
  if (current().is_operator("-") || current().is_operator("+")) {
    const Token& sign = take();
    const Span at = sign.at;
    const Operator what = sign.text == "-" ? Operator::Negate : Operator::Plus;
    const Nesting level(*this, at);
    if (!level.entered) return nullptr;
    ExprPtr inner = unary(false);
    if (!inner) return nullptr;
    node = make(
        {.kind = Kind::Unary, .at = at, .operators = {what}, .children = nodes(std::move(inner))});
  } else {
    node = primary();
  }
  node = postfix(std::move(node));
  if (!with_filters) return node;
  while (node) {
    if (current().is_operator("|")) {
      node = filters(std::move(node), false);
    } else if (current().is_name("is")) {
      node = test(std::move(node));
    } else if (current().is_operator("(")) {
      node = call(std::move(node));
    } else {
      break;
    }
  }
  return node;
}

ExprPtr ExpressionParser::primary() {
  const Token& token = current();
  switch (token.kind) {
    case Token::Kind::Name:
      return constant_or_name();
    case Token::Kind::String:
      return text();
    case Token::Kind::Integer:
      take();
      return make({.kind = Kind::Literal, .at = token.at, .literal = token.integer});
    case Token::Kind::Float:
      take();
      return make({.kind = Kind::Literal, .at = token.at, .literal = token.real});
    default:
      break;
  }
  if (token.is_operator("(")) return parenthesized();
  if (token.is_operator("[")) return list();
  if (token.is_operator("{")) return map();
  return refuse(token.at, "expected an expression, got " + describe(token));
}

ExprPtr ExpressionParser::constant_or_name() {
  const Token& token = take();
  const std::string& word = token.text;
  if (reserved(word)) {
    return refuse(token.at, "expected an expression, got '" + word + "'",
                  "'" + word + "' is a word of the language and can't be a name");
  }
  if (word == "true" || word == "True" || word == "false" || word == "False") {
    const bool truth = word == "true" || word == "True";
    return make({.kind = Kind::Literal, .at = token.at, .literal = truth});
  }
  if (word == "none" || word == "None") return make({.kind = Kind::Literal, .at = token.at});
  return make({.kind = Kind::Name, .at = token.at, .name = word});
}

ExprPtr ExpressionParser::text() {
  const Span begin = current().at;
  Span end = begin;
  std::string joined_text;
  while (current().kind == Token::Kind::String) {
    end = current().at;
    joined_text += take().text;
  }
  return make({.kind = Kind::Literal, .at = joined(begin, end), .literal = joined_text});
}

ExprPtr ExpressionParser::parenthesized() {
  const Span at = take().at;
  const Nesting level(*this, at);
  if (!level.entered) return nullptr;
  if (take_operator(")")) return make({.kind = Kind::Tuple, .at = at});
  ExprPtr inner = tuple();
  if (!inner) return nullptr;
  if (!take_operator(")")) {
    return refuse(current().at, "expected ')', got " + describe(current()));
  }
  return inner;
}

ExprPtr ExpressionParser::list() {
  const Span at = take().at;
  const Nesting level(*this, at);
  if (!level.entered) return nullptr;
  std::vector<ExprPtr> items;
  while (!take_operator("]")) {
    if (!items.empty() && !take_operator(",")) {
      return refuse(current().at, "expected ',' or ']', got " + describe(current()));
    }
    if (take_operator("]")) break;
    items.push_back(expression());
    if (!items.back()) return nullptr;
  }
  return make({.kind = Kind::List, .at = at, .children = std::move(items)});
}

ExprPtr ExpressionParser::map() {
  const Span at = take().at;
  const Nesting level(*this, at);
  if (!level.entered) return nullptr;
  std::vector<ExprPtr> items;
  while (!take_operator("}")) {
    if (!items.empty() && !take_operator(",")) {
      return refuse(current().at, "expected ',' or '}', got " + describe(current()));
    }
    if (take_operator("}")) break;
    items.push_back(expression());
    if (!items.back()) return nullptr;
    if (!take_operator(":")) {
      return refuse(current().at, "expected ':', got " + describe(current()));
    }
    items.push_back(expression());
    if (!items.back()) return nullptr;
  }
  return make({.kind = Kind::Map, .at = at, .children = std::move(items)});
}

}  // namespace holdfast::jinja
