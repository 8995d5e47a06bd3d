#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/value.h"
#include "engine/template/source_text.h"

namespace holdfast::jinja {

enum class Operator {
  Add,
  Subtract,
  Multiply,
  Divide,
  FloorDivide,
  Modulo,
  Power,
  Negate,
  Plus,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  In,
  NotIn,
};

struct Expr;
using ExprPtr = std::unique_ptr<const Expr>;

/// An argument of a call.
struct Argument {
  enum class Kind { Positional, Named, SpreadList, SpreadMap } kind = Kind::Positional;
  std::string name{};  ///< Named.
  ExprPtr value{};
};

/// A node of an expression. What the members hold depends on the kind; unused ones are empty.
struct Expr {
  enum class Kind {
    Literal,      ///< `literal`
    Name,         ///< `name`
    Attribute,    ///< children[0] . `name`
    Item,         ///< children[0] [ children[1] ]
    Slice,        ///< start, stop, step: children may be null
    List,         ///< children
    Tuple,        ///< children
    Map,          ///< key, value, key, value …
    Unary,        ///< operators[0] children[0]
    Binary,       ///< children[0] operators[0] children[1]
    Compare,      ///< children[0] operators[0] children[1] operators[1] children[2] …
    And,          ///< children
    Or,           ///< children
    Not,          ///< children[0]
    Concat,       ///< children
    Conditional,  ///< children[0] if children[1] else children[2], which may be null
    Call,         ///< children[0] ( arguments )
    Filter,       ///< children[0] | `name` ( arguments ); children[0] is null in a filter block
    Test,         ///< children[0] is `name` ( arguments )
  };
  Kind kind = Kind::Literal;
  Span at{};      ///< What an error underlines.
  int depth = 1;  ///< Levels of nodes beneath and with this one: bounds recursion.
  Value literal{};
  std::string name{};
  std::vector<Operator> operators{};
  std::vector<ExprPtr> children{};
  std::vector<Argument> arguments{};
};

/// The children of a node.
template <class... Parts>
std::vector<ExprPtr> nodes(Parts... parts) {
  std::vector<ExprPtr> out;
  (out.push_back(std::move(parts)), ...);
  return out;
}

/// What `for`, `set` and `with` write to: a name, an attribute of a namespace, or several.
struct Target {
  Span at{};
  std::string name{};
  std::string attribute{};  ///< Of a namespace; "" for a plain name.
  std::vector<Target> parts{};
};

struct Statement;
using Body = std::vector<Statement>;

struct Branch {
  ExprPtr condition;
  Body body;
};

struct Assignment {
  Target target;
  ExprPtr value;
};

struct Statement {
  enum class Kind {
    Data,         ///< `text`
    Output,       ///< `value`
    If,           ///< branches, else `otherwise`
    For,          ///< assignments[0] is target and iterable; `condition`; `body`; `otherwise`
    Set,          ///< assignments[0]
    SetBlock,     ///< assignments[0].target; `value`: a filter chain or null; `body`
    With,         ///< assignments; `body`
    FilterBlock,  ///< `value`: the filter chain; `body`
  };
  Kind kind = Kind::Data;
  Span at{};
  std::string text{};
  ExprPtr value{};
  ExprPtr condition{};
  std::vector<Assignment> assignments{};
  std::vector<Branch> branches{};
  Body body{};
  Body otherwise{};
};

}  // namespace holdfast::jinja
