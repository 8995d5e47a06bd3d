#include <charconv>
#include <cmath>

#include "engine/core/text.h"
#include "engine/template/builtin.h"
#include "engine/template/numbers.h"
#include "engine/template/unicode.h"

// Filters that make numbers and truth values.
namespace holdfast::jinja {
namespace {

Result<Term> to_int(Call& call) {
  HF_TRY(const std::int64_t base, call.whole(1, 10));
  if (base != 0 && (base < 2 || base > 36)) return call.wrong("needs a base of 2 to 36, or 0");
  const Value otherwise = call.has(0) ? call.arg(0) : Value(0);
  if (is_bytes(call.value())) {
    const std::string_view text = call.value().bytes();
    const WholeText whole = read_whole(text, static_cast<int>(base));
    if (whole.read == WholeText::Read::TooLarge) {
      return fail(Code::TemplateLimit, "the number has more than 64 bits");
    }
    if (whole.read == WholeText::Read::Yes) return of(whole.value);
    const std::optional<double> real = read_real(text);
    if (!real) return of(otherwise);
    HF_TRY(const std::int64_t cut, truncated(*real));
    return of(cut);
  }
  const auto number = number_of(call.value());
  if (!number) return of(otherwise);
  if (!number->real) return of(number->whole);
  HF_TRY(const std::int64_t cut, truncated(number->floating));
  return of(cut);
}

Result<Term> to_float(Call& call) {
  const Value otherwise = call.has(0) ? call.arg(0) : Value(0.0);
  if (is_bytes(call.value())) {
    const std::optional<double> real = read_real(call.value().bytes());
    return of(real ? Value(*real) : otherwise);
  }
  const auto number = number_of(call.value());
  return of(number ? Value(number->as_double()) : otherwise);
}

Result<Term> absolute(Call& call) {
  const auto number = number_of(call.value());
  if (!number) return call.needs("a number", call.value());
  if (number->real) return of(std::fabs(number->floating));
  if (number->whole == INT64_MIN) {
    return fail(Code::TemplateLimit, "the number has more than 64 bits");
  }
  return of(number->whole < 0 ? -number->whole : number->whole);
}

Result<Term> round_number(Call& call) {
  const auto number = number_of(call.value());
  if (!number) return call.needs("a number", call.value());
  HF_TRY(const std::int64_t precision, call.whole(0, 0));
  HF_TRY(const std::string method, call.text(1, "common"));
  if (precision < -18 || precision > 300) return call.wrong("needs a precision of -18 to 300");
  if (method == "common") {
    if (!number->real && precision >= 0) return of(number->whole);
    if (number->real) return of(rounded(number->floating, static_cast<int>(precision)));
    const double near = rounded(static_cast<double>(number->whole), static_cast<int>(precision));
    HF_TRY(const std::int64_t whole, truncated(near));
    return of(whole);
  }
  if (method != "ceil" && method != "floor") {
    return call.wrong("has no method " + in_quotes(method), "methods: common, ceil, floor");
  }
  const double scale = std::pow(10.0, static_cast<double>(precision));
  const double scaled = number->as_double() * scale;
  return of((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

/// Ansible's bool: only yes, on, 1, true are true.
Result<Term> to_bool(Call& call) {
  const Value& value = call.value();
  if (value.is_null() || value.is_bool()) return of(value);
  if (is_bytes(value)) {
    const std::string text = to_lower(value.bytes());
    return of(text == "yes" || text == "on" || text == "1" || text == "true");
  }
  return of(equal(value, Value(1), call.budget));
}

Result<double> real_argument(const Call& call, std::size_t i, double otherwise) {
  if (!call.has(i)) return otherwise;
  const auto number = number_of(call.arg(i));
  if (!number) return call.needs("a number", call.arg(i));
  return number->as_double();
}

Result<Term> power_of(Call& call) {
  const auto number = number_of(call.value());
  if (!number) return call.needs("a number", call.value());
  HF_TRY(const double exponent, real_argument(call, 0, 1));
  HF_TRY(Value out, calculate(Operator::Power, of(number->as_double()), of(exponent), call.budget));
  return of(std::move(out));
}

Result<Term> root_of(Call& call) {
  const auto number = number_of(call.value());
  if (!number) return call.needs("a number", call.value());
  HF_TRY(const double degree, real_argument(call, 0, 2));
  if (degree == 0) return call.wrong("needs a degree other than 0");
  if (degree == 2 && number->as_double() >= 0) return of(std::sqrt(number->as_double()));
  HF_TRY(Value out,
         calculate(Operator::Power, of(number->as_double()), of(1.0 / degree), call.budget));
  return of(std::move(out));
}

Result<Term> logarithm(Call& call) {
  const auto number = number_of(call.value());
  if (!number) return call.needs("a number", call.value());
  HF_TRY(const double base, real_argument(call, 0, std::exp(1.0)));
  if (number->as_double() <= 0 || base <= 0 || base == 1) {
    return call.wrong("needs a number above 0 and a base above 0 other than 1");
  }
  if (!call.has(0)) return of(std::log(number->as_double()));
  if (base == 10) return of(std::log10(number->as_double()));
  return of(std::log(number->as_double()) / std::log(base));
}

}  // namespace

const Builtins& number_filters() {
  static const Builtins kFilters = {
      {"int", "default base", Flow::Builds, to_int},
      {"float", "default", Flow::Builds, to_float},
      {"abs", "", Flow::Builds, absolute},
      {"round", "precision method", Flow::Builds, round_number},
      {"bool", "", Flow::Moves, to_bool},
      {"pow", "y!", Flow::Builds, power_of},
      {"root", "base", Flow::Builds, root_of},
      {"log", "base", Flow::Builds, logarithm},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
