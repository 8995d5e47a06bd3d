#pragma once

#include <string>

#include "engine/template/template.h"

namespace holdfast {

inline ValueMap map_of(std::initializer_list<std::pair<const char*, Value>> entries) {
  ValueMap out;
  for (const auto& [key, value] : entries) out.set(key, value);
  return out;
}

/// Names that the tests' templates use.
inline ValueMap example_names() {
  const Value ann(map_of({{"name", "ann"}, {"age", 31}, {"admin", true}}));
  const Value bob(map_of({{"name", "Bob"}, {"age", 25}}));
  return map_of({{"a", 1},
                 {"b", 2},
                 {"s", "Hello"},
                 {"nil", Value()},
                 {"xs", ValueList{3, 1, 2}},
                 {"words", ValueList{"b", "A", "a"}},
                 {"m", map_of({{"b", 2}, {"a", 1}})},
                 {"users", ValueList{ann, bob}},
                 {"secret", Secret("hunter2")},
                 {"unknown", Unknown{"facts of h3"}},
                 {"reported", Value("web").tainted({"h1"})}});
}

inline Result<Value> evaluate(const std::string& expression, const ValueMap& names) {
  const ValueScope scope(names);
  HF_TRY(const Template parsed, Template::parse_expression(expression, {}));
  return parsed.render(scope);
}
inline Result<Value> evaluate(const std::string& expression) {
  return evaluate(expression, example_names());
}
inline Result<Value> render(const std::string& text, const ValueMap& names = example_names()) {
  const ValueScope scope(names);
  HF_TRY(const Template parsed, Template::parse(text, {}));
  return parsed.render(scope);
}

/// The value for comparing, or "HF2104: message".
inline std::string outcome(const Result<Value>& result) {
  if (!result) return code_text(result.error().code) + ": " + result.error().message;
  return result->display();
}

struct ExpressionCase {
  const char* expression;
  const char* expected;  ///< Its outcome().
};

}  // namespace holdfast
