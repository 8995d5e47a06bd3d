#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast {

/// Names that an expression may use.
class Scope {
 public:
  virtual ~Scope() = default;
  /// nullopt: not defined. An error is one of evaluating the name's own value (a variable that
  /// holds an expression).
  virtual Result<std::optional<Value>> find(const std::string& name) const = 0;
  /// For hints.
  virtual std::vector<std::string> names() const = 0;
  /// Adds to "'x' is not defined" where that is so: " on h2 (it is on h1, by host_vars/h1.yaml:3)".
  virtual Error undefined_here(Error error, const std::string&) const { return error; }
};

/// A scope of fixed values over another, for loops and tests.
class ValueScope : public Scope {
 public:
  explicit ValueScope(ValueMap values, const Scope* outer = nullptr)
      : values_(std::move(values)), outer_(outer) {}
  Result<std::optional<Value>> find(const std::string& name) const override;
  std::vector<std::string> names() const override;
  Error undefined_here(Error error, const std::string& name) const override;
  void set(const std::string& name, Value value) { values_.set(name, std::move(value)); }

 private:
  ValueMap values_;
  const Scope* outer_;
};

/// A parsed Jinja2 template or expression: immutable, thread-safe. Rendering is bounded (steps,
/// output, depth), so no template runs for ever; it can't read a file, run a program or reach the
/// network. Undefined names are errors with their place. A result that rests on a secret is a
/// Secret; one that rests on an Unknown is Unknown; hosts that reported a part are carried along
/// (Value::reported_by).
class Template {
 public:
  /// Text with `{{ }}`, `{% %}`, `{# #}` in it. `where` is the place of the text's first byte in
  /// its file; errors point into it (for a plain or quoted single-line scalar, byte for byte; for
  /// block scalars see `block_indent`).
  /// @param block_indent  Columns that YAML took off each further line of a block scalar; 0 for
  /// whole files.
  static Result<Template> parse(std::string_view text, Position where, int block_indent = 0);
  /// A bare expression, as in `when:`.
  static Result<Template> parse_expression(std::string_view text, Position where);
  /// Whether a text holds anything to render.
  static bool has_markup(std::string_view text);

  /// The text; a template that is one `{{ expression }}` and nothing else keeps the expression's
  /// type.
  /// @errors HF21xx with the place in the template.
  Result<Value> render(const Scope& scope) const;

  /// Whether it is an expression that writes `none` as one of its results: `x if x else none`,
  /// `x | default(none)`.
  bool writes_none() const;

  /// Free names it uses, dotted as far as constant: "facts.os.id", "hostvars", "item".
  const std::set<std::string>& names() const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// Python's truth of a value.
bool truthy(const Value& value);

}  // namespace holdfast
