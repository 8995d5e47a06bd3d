#pragma once

#include <string>

#include "engine/core/value.h"
#include "engine/template/mixture.h"

namespace holdfast::jinja {

/// A value as Python's str() writes it: True, None, 1.5, ['a', 1], {'k': 'v'}. What it is made of
/// goes to `mixture`: a secret's bytes are in the result, so seal it with Mixture::built.
std::string to_text(const Value& value, Mixture& mixture, Budget& budget);
/// As repr() writes it: texts are quoted.
std::string to_repr(const Value& value, Mixture& mixture, Budget& budget);
/// The shortest text that reads back as the same number: 1.0, 1e+16, inf.
std::string float_text(double number);

}  // namespace holdfast::jinja
