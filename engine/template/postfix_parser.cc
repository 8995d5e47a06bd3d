#include <algorithm>
#include <array>

#include "engine/template/builtin.h"
#include "engine/template/expression_parser.h"

// What follows a primary: attributes, items, calls, filters, tests; and targets of assignments.
namespace holdfast::jinja {
namespace {

using Kind = Expr::Kind;

}  // namespace

ExprPtr ExpressionParser::postfix(ExprPtr node) {
  while (node) {
    if (current().is_operator(".") || current().is_operator("[")) {
      node = subscript(std::move(node));
    } else if (current().is_operator("(")) {
      node = call(std::move(node));
    } else {
      break;
    }
  }
  return node;
}

ExprPtr ExpressionParser::subscript(ExprPtr object) {
  const Token& opening = take();
  if (opening.text == ".") {
    const Token& name = take();
    if (name.kind == Token::Kind::Name) {
      return make({.kind = Kind::Attribute,
                   .at = name.at,
                   .name = name.text,
                   .children = nodes(std::move(object))});
    }
    if (name.kind != Token::Kind::Integer) {
      return refuse(name.at, "expected a name after '.', got " + describe(name));
    }
    ExprPtr index = make({.kind = Kind::Literal, .at = name.at, .literal = name.integer});
    return make({.kind = Kind::Item,
                 .at = name.at,
                 .children = nodes(std::move(object), std::move(index))});
  }
  if (!enter(opening.at)) return nullptr;
  ExprPtr index = slice_or_index();
  leave();
  if (!index) return nullptr;
  if (!take_operator("]")) {
    return refuse(current().at, "expected ']', got " + describe(current()));
  }
  const Span at = index->at;
  return make(
      {.kind = Kind::Item, .at = at, .children = nodes(std::move(object), std::move(index))});
}

ExprPtr ExpressionParser::slice_or_index() {
  const Span at = current().at;
  std::array<ExprPtr, 3> parts;
  std::size_t colons = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!current().is_operator(":") && !current().is_operator("]")) {
      parts[i] = expression();
      if (!parts[i]) return nullptr;
    }
    if (i == parts.size() - 1 || !take_operator(":")) break;
    ++colons;
  }
  if (colons == 0) {
    if (parts[0]) return std::move(parts[0]);
    return refuse(at, "expected an index, got " + describe(current()));
  }
  return make({.kind = Kind::Slice,
               .at = at,
               .children = nodes(std::move(parts[0]), std::move(parts[1]), std::move(parts[2]))});
}

ExprPtr ExpressionParser::call(ExprPtr callee) {
  const Span at = callee->at;
  Expr node{.kind = Kind::Call, .at = at};
  if (callee->kind == Kind::Name && !known(find_function(callee->name), at)) return nullptr;
  if (!arguments(node.arguments)) return nullptr;
  node.children = nodes(std::move(callee));
  return make(std::move(node));
}

bool ExpressionParser::known(const Result<const Builtin*>& found, Span at) {
  if (found) return true;
  if (!error_) {
    error_ = found.error();
    error_->where = source_.at(at);
  }
  return false;
}

bool ExpressionParser::arguments(std::vector<Argument>& out) {
  const Span at = take().at;
  if (!enter(at)) return false;
  while (!take_operator(")")) {
    if (!out.empty() && !take_operator(",")) {
      refuse(current().at, "expected ',' or ')', got " + describe(current()));
      return false;
    }
    if (take_operator(")")) break;
    if (!argument(out)) return false;
  }
  leave();
  return true;
}

bool ExpressionParser::argument(std::vector<Argument>& out) {
  const auto seen = [&](Argument::Kind kind) {
    return std::any_of(out.begin(), out.end(), [&](const Argument& a) { return a.kind == kind; });
  };
  const Span at = current().at;
  Argument argument;
  if (take_operator("*")) {
    argument.kind = Argument::Kind::SpreadList;
  } else if (take_operator("**")) {
    argument.kind = Argument::Kind::SpreadMap;
  } else if (current().kind == Token::Kind::Name && next().is_operator("=")) {
    argument.kind = Argument::Kind::Named;
    argument.name = take().text;
    take();
    for (const Argument& other : out) {
      if (other.kind == Argument::Kind::Named && other.name == argument.name) {
        refuse(at, "the argument '" + argument.name + "' is given twice");
        return false;
      }
    }
  } else if (seen(Argument::Kind::Named) || seen(Argument::Kind::SpreadList) ||
             seen(Argument::Kind::SpreadMap)) {
    refuse(at, "an argument without a name follows one with a name");
    return false;
  }
  argument.value = expression();
  if (!argument.value) return false;
  out.push_back(std::move(argument));
  return true;
}

bool ExpressionParser::dotted_name(std::string& out, Span& at) {
  do {
    const Token& token = take();
    if (token.kind != Token::Kind::Name) {
      refuse(token.at, "expected a name, got " + describe(token));
      return false;
    }
    if (!out.empty()) out += '.';
    out += token.text;
    at = token.at;
  } while (take_operator("."));
  constexpr std::string_view kBuiltin = "ansible.builtin.";
  if (out.rfind(kBuiltin, 0) == 0) out.erase(0, kBuiltin.size());
  return true;
}

ExprPtr ExpressionParser::filters(ExprPtr subject, bool first_without_pipe) {
  while (first_without_pipe || take_operator("|")) {
    first_without_pipe = false;
    Expr node{.kind = Kind::Filter};
    if (!dotted_name(node.name, node.at) || !known(find_filter(node.name), node.at)) return nullptr;
    if (current().is_operator("(") && !arguments(node.arguments)) return nullptr;
    node.children = nodes(std::move(subject));
    subject = make(std::move(node));
    if (!subject) return nullptr;
  }
  return subject;
}

ExprPtr ExpressionParser::test(ExprPtr subject) {
  const Span is = take().at;
  const bool negated = take_name("not");
  Expr node{.kind = Kind::Test};
  if (!dotted_name(node.name, node.at) || !known(find_test(node.name), node.at)) return nullptr;
  if (current().is_operator("(")) {
    if (!arguments(node.arguments)) return nullptr;
  } else {
    const Token& token = current();
    const bool literal = token.kind == Token::Kind::String || token.kind == Token::Kind::Integer ||
                         token.kind == Token::Kind::Float || token.is_operator("[") ||
                         token.is_operator("{");
    const bool word = token.kind == Token::Kind::Name && !token.is_name("else") &&
                      !token.is_name("or") && !token.is_name("and") && !token.is_name("if");
    if (token.is_name("is")) return refuse(token.at, "tests can't be chained with 'is'");
    if (literal || word) {
      ExprPtr value = postfix(primary());
      if (!value) return nullptr;
      node.arguments.push_back({.value = std::move(value)});
    }
  }
  node.children = nodes(std::move(subject));
  ExprPtr made = make(std::move(node));
  if (!made || !negated) return made;
  return make({.kind = Kind::Not, .at = is, .children = nodes(std::move(made))});
}

bool ExpressionParser::target(Target& out, bool namespaces) {
  Target first;
  out.at = current().at;
  if (!simple_target(first, namespaces)) return false;
  if (!current().is_operator(",")) {
    out = std::move(first);
    return true;
  }
  out.parts.push_back(std::move(first));
  return target_list(out, false);
}

bool ExpressionParser::target_list(Target& out, bool in_parentheses) {
  while (take_operator(",")) {
    if (current().is_name("in") || current().is_operator("=") || current().is_operator(")")) break;
    out.parts.emplace_back();
    if (!simple_target(out.parts.back(), false)) return false;
  }
  if (in_parentheses && !take_operator(")")) {
    refuse(current().at, "expected ')', got " + describe(current()));
    return false;
  }
  return true;
}

bool ExpressionParser::simple_target(Target& out, bool namespaces) {
  const Token& token = take();
  out.at = token.at;
  if (token.is_operator("(")) {
    if (!enter(token.at)) return false;
    out.parts.emplace_back();
    const bool done = simple_target(out.parts.back(), false) && target_list(out, true);
    leave();
    return done;
  }
  if (token.kind != Token::Kind::Name || fixed_word(token.text)) {
    refuse(token.at, "can't assign to " + describe(token));
    return false;
  }
  out.name = token.text;
  if (namespaces && take_operator(".")) {
    const Token& attribute = take();
    if (attribute.kind != Token::Kind::Name) {
      refuse(attribute.at, "expected a name after '.', got " + describe(attribute));
      return false;
    }
    out.attribute = attribute.text;
  }
  return true;
}

}  // namespace holdfast::jinja
