#include "engine/template/names.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace holdfast::jinja {
namespace {

class Finder {
 public:
  std::set<std::string> found;

  void walk(const Body& body) {
    for (const Statement& statement : body) walk(statement);
  }

  void walk(const Expr& expr) {
    if (const auto dotted = constant_path(expr)) {
      note(*dotted);
      return;
    }
    for (std::size_t i = 0; i < expr.children.size(); ++i) {
      if (!expr.children[i]) continue;
      if (expr.kind == Expr::Kind::Call && i == 0) {
        walk_callee(*expr.children[i]);
      } else {
        walk(*expr.children[i]);
      }
    }
    for (const Argument& argument : expr.arguments) walk(*argument.value);
  }

 private:
  void note(const std::string& dotted) {
    if (bound_.count(dotted.substr(0, dotted.find('.'))) == 0) found.insert(dotted);
  }

  /// A method's own name is no part of the path, and functions are no names.
  void walk_callee(const Expr& callee) {
    if (callee.kind == Expr::Kind::Name) return;
    walk(callee.kind == Expr::Kind::Attribute ? *callee.children[0] : callee);
  }

  static std::optional<std::string> constant_path(const Expr& expr) {
    if (expr.kind == Expr::Kind::Name) return expr.name;
    if (expr.kind != Expr::Kind::Attribute && expr.kind != Expr::Kind::Item) return std::nullopt;
    auto path = constant_path(*expr.children[0]);
    if (!path) return std::nullopt;
    if (expr.kind == Expr::Kind::Attribute) return *path + "." + expr.name;
    const Expr& key = *expr.children[1];
    if (key.kind != Expr::Kind::Literal || !key.literal.is_text()) return std::nullopt;
    return *path + "." + key.literal.as_text();
  }

  void bind(const Target& target) {
    if (target.parts.empty() && target.attribute.empty()) bound_.insert(target.name);
    if (!target.attribute.empty()) note(target.name);
    for (const Target& part : target.parts) bind(part);
  }

  void walk(const Statement& statement) {
    const std::set<std::string> before = bound_;
    switch (statement.kind) {
      case Statement::Kind::Data:
        return;
      case Statement::Kind::Output:
        return walk(*statement.value);
      case Statement::Kind::Set:
        walk(*statement.assignments[0].value);
        return bind(statement.assignments[0].target);
      case Statement::Kind::If:
        return walk_if(statement);
      case Statement::Kind::For:
        walk(*statement.assignments[0].value);
        bind(statement.assignments[0].target);
        if (statement.condition) walk(*statement.condition);
        bound_.insert("loop");
        walk(statement.body);
        bound_ = before;
        walk(statement.otherwise);
        break;
      case Statement::Kind::With:
        for (const Assignment& assignment : statement.assignments) walk(*assignment.value);
        for (const Assignment& assignment : statement.assignments) bind(assignment.target);
        walk(statement.body);
        break;
      case Statement::Kind::SetBlock:
      case Statement::Kind::FilterBlock:
        walk(statement.body);
        bound_ = before;
        if (statement.value) walk(*statement.value);
        if (!statement.assignments.empty()) bind(statement.assignments[0].target);
        return;
    }
    bound_ = before;
  }

  void walk_if(const Statement& statement) {
    const std::set<std::string> before = bound_;
    std::optional<std::set<std::string>> after;
    const auto branch = [&](const Body& body) {
      bound_ = before;
      walk(body);
      std::set<std::string> both;
      const std::set<std::string>& known = after ? *after : bound_;
      std::set_intersection(known.begin(), known.end(), bound_.begin(), bound_.end(),
                            std::inserter(both, both.end()));
      after = std::move(both);
    };
    for (const Branch& one : statement.branches) {
      bound_ = before;
      walk(*one.condition);
      branch(one.body);
    }
    branch(statement.otherwise);
    bound_ = *after;
  }

  std::set<std::string> bound_;
};

}  // namespace

std::set<std::string> free_names(const Body& body) {
  Finder finder;
  finder.walk(body);
  return std::move(finder.found);
}

std::set<std::string> free_names(const Expr& expr) {
  Finder finder;
  finder.walk(expr);
  return std::move(finder.found);
}

}  // namespace holdfast::jinja
