#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast::jinja {

struct Namespace;
struct Loop;

/// The error that using something undefined is.
struct Missing {
  Error error;
  /// Made only where it is shown: looking for near names takes longer than `is defined`.
  std::function<std::string()> hint{};
  bool blank = false;  ///< Writes nothing where it is written as a text, as `'a' if no`.
};

/// What an expression gives while it is evaluated: a value, nothing (undefined: with the error that
/// using it is), a namespace, or a loop's variable.
struct Term {
  Value value{};
  std::shared_ptr<const Missing> missing{};
  std::shared_ptr<Namespace> space{};
  std::shared_ptr<const Loop> loop{};
  bool tuple = false;  ///< A literal tuple, which `%` takes apart.
  int levels = 0;      ///< At most so many lists in lists were made by this template.

  bool defined() const { return missing == nullptr; }
};

inline Term of(Value value, int levels = 0) {
  return {.value = std::move(value), .levels = levels};
}
Term undefined(std::string message, std::string hint = {});
/// The term, if it is a value; else the error that its use is.
Result<Value> used(const Term& term);

struct Namespace {
  std::vector<std::pair<std::string, Term>> entries{};
  const Term* find(const std::string& name) const;
  void set(const std::string& name, Term term);
};

/// One round of a `for`.
struct Loop {
  std::shared_ptr<const std::vector<Value>> items;
  std::size_t index = 0;
  int depth = 1;
  int levels = 0;
  /// `loop.name`; undefined where there is none.
  Term attribute(const std::string& name) const;
};

}  // namespace holdfast::jinja
