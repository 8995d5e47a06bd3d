#pragma once

#include "engine/template/ast.h"
#include "engine/template/mixture.h"
#include "engine/template/term.h"

namespace holdfast::jinja {

/// Python's == : 1 equals 1.0 and True; a secret equals a text of the same bytes.
bool equal(const Value& a, const Value& b, Budget& budget);
/// Less than 0, 0, more than 0. @errors HF2104 for values that have no order.
Result<int> compare(const Value& a, const Value& b, Budget& budget);
/// Whether `needle` is an item, a key, or a part of a text. @errors HF2104.
Result<bool> contains(const Value& haystack, const Value& needle, Budget& budget);
/// == != < <= > >= in, not in.
Result<Value> compared(Operator what, const Value& a, const Value& b, Budget& budget);
/// + - * / // % **. @errors HF2104 types, division by zero; HF2105 overflow.
Result<Value> calculate(Operator what, const Term& a, const Term& b, Budget& budget);
Result<Value> signed_value(Operator what, const Value& a, Budget& budget);

/// A number, truth values counting as 1 and 0.
struct Number {
  bool real = false;
  std::int64_t whole = 0;
  double floating = 0;
  double as_double() const { return real ? floating : static_cast<double>(whole); }
};
std::optional<Number> number_of(const Value& value);

/// A text or a secret: what has bytes().
inline bool is_bytes(const Value& value) { return value.is_text() || value.is_secret(); }
/// "a text", "a list", for messages.
std::string a_type(const Value& value);
/// The value in a message: its type if it is large or secret, else itself.
std::string shown(const Value& value);

}  // namespace holdfast::jinja
