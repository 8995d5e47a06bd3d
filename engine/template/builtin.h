#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/template/mixture.h"
#include "engine/template/operators.h"
#include "engine/template/term.h"

namespace holdfast::jinja {

class Evaluator;

/// Arguments as written, evaluated.
struct Arguments {
  std::vector<Term> positional{};
  std::vector<std::pair<std::string, Term>> named{};
};

/// One call of a filter, test, method or function, with its arguments in the order of the
/// parameters. Its errors get the place of the name by the evaluator.
struct Call {
  Evaluator& evaluator;
  Budget& budget;
  std::string_view name;
  Term subject{};
  std::vector<std::optional<Term>> args{};
  Arguments rest{};  ///< What a "*" or "**" parameter took.

  const Value& value() const { return subject.value; }
  bool has(std::size_t i) const { return i < args.size() && args[i].has_value(); }
  /// Requires has(i).
  const Value& arg(std::size_t i) const { return args[i]->value; }
  const Term& term(std::size_t i) const { return *args[i]; }

  /// Arguments by type, or what they are by default. @errors HF2104.
  Result<std::int64_t> whole(std::size_t i, std::int64_t otherwise) const;
  Result<std::string> text(std::size_t i, std::string_view otherwise) const;
  bool truth(std::size_t i, bool otherwise) const;

  /// The subject as Python's str() writes it.
  std::string subject_text() const;
  /// A list's items, a map's keys, a text's characters. @errors HF2104 anything else.
  Result<ValueList> items() const { return items_of(subject.value); }
  Result<ValueList> items_of(const Value& value) const;

  tl::unexpected<Error> wrong(std::string message, std::string hint = {}) const;
  /// "filter 'x' needs a list, not …".
  tl::unexpected<Error> needs(std::string_view what, const Value& got) const;
};

/// What a function does with the values that it gets, and so what its result carries of them.
enum class Flow {
  Moves,     ///< Hands items on, or asks for a type or a size.
  Compares,  ///< Looks at items, but makes nothing from their bytes.
  Builds,    ///< Makes a text or a number from them.
  Special    ///< Deals with undefined and unknown values itself.
};

/// A filter, a test, a method or a function.
struct Builtin {
  std::string_view name;
  /// Parameters after the subject, separated by spaces; "*": any number by place, "**": by name.
  std::string_view parameters;
  Flow flow;
  Result<Term> (*run)(Call&);
  int levels = 0;  ///< Lists in lists that it adds.
};

using Builtins = std::vector<Builtin>;

// Filters by what they work on; each list is in one file.
const Builtins& text_filters();
const Builtins& number_filters();
const Builtins& list_filters();
const Builtins& set_filters();
const Builtins& map_filters();
const Builtins& choice_filters();
const Builtins& data_filters();
const Builtins& regex_filters();
const Builtins& path_filters();

/// @errors HF2103 unknown, with the nearest names; HF2106 those that reach outside.
Result<const Builtin*> find_filter(std::string_view name);
Result<const Builtin*> find_test(std::string_view name);
/// A method of a value of this type.
Result<const Builtin*> find_method(std::string_view name, const Value& subject);
/// range, dict and what is refused by name.
Result<const Builtin*> find_function(std::string_view name);

/// Why a name of Jinja2's or Ansible's is refused, and what to do instead; nullptr: it isn't.
const char* refusal(std::string_view name);

/// `value` seen through a path like "address.city" or "0.name"; undefined where it ends.
Term attribute_of(const Value& value, std::string_view path);
/// An attribute or item by one constant key.
Term member_of(const Value& value, const Value& key);

}  // namespace holdfast::jinja
